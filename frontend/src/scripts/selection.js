// The batch bar: shown while rows are ticked, with their number. Without this it is always shown.
function count(form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const ticked = rows.filter((row) => row.checked).length;
  for (const all of form.querySelectorAll("[data-all]")) {
    all.checked = ticked > 0 && ticked === rows.length;
    all.indeterminate = ticked > 0 && ticked < rows.length;
  }
  for (const place of form.querySelectorAll("[data-count]")) place.textContent = String(ticked);
  for (const bar of form.querySelectorAll("[data-batch-bar]")) bar.hidden = ticked === 0;
}

const countAll = () => document.querySelectorAll("form[data-batch]").forEach(count);

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-batch]");
  if (!form) return;
  if (event.target.matches("[data-all]")) {
    for (const row of form.querySelectorAll("[data-row]")) row.checked = event.target.checked;
  }
  count(form);
});

let anchor = null;
document.addEventListener("click", (event) => {
  if (!event.target.matches?.("[data-row]")) return;
  const rows = [...event.target.form.querySelectorAll("[data-row]")];
  const [from, to] = [rows.indexOf(anchor), rows.indexOf(event.target)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) {
    for (const row of rows.slice(from, to + 1)) row.checked = event.target.checked;
    count(event.target.form);
  }
  anchor = event.target;
});

document.addEventListener("htmx:afterSettle", countAll);
// A browser that comes "back" restores the ticks after the script ran.
window.addEventListener("pageshow", countAll);
countAll();
