from django.urls import path

from . import views, views_categories

urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("cases/<uuid:case_id>/", views.case, name="case"),
    path("cases/<uuid:case_id>/note/", views.note, name="case_note"),
    path("practices/<uuid:post_id>/", views.practice, name="practice"),
    path("categories/", views_categories.categories, name="categories"),
    path("categories/defaults/", views_categories.defaults, name="default_categories"),
    path("categories/<uuid:category_id>/", views_categories.category, name="category"),
    path("categories/<uuid:category_id>/move/", views_categories.move, name="move_category"),
    path("categories/<uuid:category_id>/offer/", views_categories.offer, name="offer_category"),
    path("categories/<uuid:category_id>/remove/", views_categories.remove, name="remove_category"),
]
