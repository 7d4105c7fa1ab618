/* The county's categories in a <select>: each category, and under it its aspects. */

/** Fill `select` (its first option stays) from the page's categories; whether there are any. */
export function fillCategories(select, categories) {
  while (select.options.length > 1) select.remove(1);
  for (const category of categories) {
    const group = document.createElement("optgroup");
    group.label = category.name;
    group.append(option(category.id, category.name), ...category.aspects.map((aspect) => option(aspect.id, aspect.name)));
    select.append(group);
  }
  return categories.length > 0;
}

function option(value, words) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = words;
  return made;
}
