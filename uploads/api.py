"""The API of uploads and materials."""

from ninja import Router

from .tus.api import router as tus_router

router = Router(tags=["materials"])
router.add_router("", tus_router)
