// A page names its keys in the markup: data-key="a" on a link or button is pressed by A;
// data-list marks a list of links in which J and K move from the aria-current one.
// "/" or Ctrl-K (Cmd-K) goes to the search field.
// Keys of one letter can be switched off under "My account" (<body data-keys>), and are off where one
// touches. They do nothing while a field has the focus, or a modifier is down; on a box that is ticked
// they only walk the list and decide nothing.
// The element is the innermost one: an editor in a shadow root is one, too.
const TICKS = "input:is([type=checkbox], [type=radio])";
// The field of a dialog that was just closed keeps the focus until the page is drawn again.
const within = (element, fields) => element.closest(fields) && !element.closest("dialog:not([open])");
const writing = (element) => within(element, `input:not(${TICKS}), textarea, select, [contenteditable]`);
const touch = matchMedia("(pointer: coarse)");
const isOn = () => {
  const { keys } = document.body.dataset;
  return keys === "on" || (keys !== "off" && !touch.matches);
};

function move(step) {
  const links = [...document.querySelectorAll("[data-list] a[href]")];
  const at = links.findIndex((link) => link.getAttribute("aria-current") === "true");
  const next = links[at < 0 ? 0 : at + step];
  if (!next) return false;
  next.focus();
  next.click();
  return true;
}

// The server holds back what a key decided for some seconds, so that it can be undone.
function mark(form) {
  const pressed = document.createElement("input");
  Object.assign(pressed, { type: "hidden", name: "by", value: "key" });
  form.append(pressed);
}

function press(key, element) {
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  if (within(element, TICKS)) return false;
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  if (target?.form) mark(target.form);
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
  const isHeld = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat;
  const element = event.composedPath()[0];
  if (!isOn() || isHeld || event.isComposing || writing(element)) return;
  if (document.querySelector("dialog[open]")) return;
  const done = key === "/" ? goToSearch() : press(key, element);
  if (done) event.preventDefault();
});
