// A page names its keys in the markup: data-key="a" on a link or button is pressed by A;
// data-list marks a list of links in which J and K move from the aria-current one.
// "/" or Ctrl-K (Cmd-K) goes to the search field.
// The element is the innermost one: an editor in a shadow root is one, too.
const field = (element) => element.closest("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]");
// The field of a dialog that was just closed keeps the focus until the page is drawn again.
const writing = (element) => field(element) && !element.closest("dialog:not([open])");

function move(step) {
  const links = [...document.querySelectorAll("[data-list] a[href]")];
  const at = links.findIndex((link) => link.getAttribute("aria-current") === "true");
  const next = links[at < 0 ? 0 : at + step];
  if (!next) return false;
  next.focus();
  next.click();
  return true;
}

function press(key) {
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  target?.click();
  return Boolean(target);
}

function goToSearch() {
  const field = document.querySelector("[data-search]");
  field?.focus();
  field?.select();
  return Boolean(field);
}

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (key === "k" && (event.ctrlKey || event.metaKey)) {
    if (goToSearch()) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || writing(event.composedPath()[0])) return;
  if (document.querySelector("dialog[open]")) return;
  const done = key === "/" ? goToSearch() : press(key);
  if (done) event.preventDefault();
});
