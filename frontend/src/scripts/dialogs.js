// <a href="…/return/" data-dialog="return-dialog"> opens the dialog of that id in place; without
// this the link leads to the same form as a page of its own.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    const dialog = document.getElementById(link.dataset.dialog);
    if (!dialog) return;
    event.preventDefault();
    dialog.showModal();
    dialog.querySelector("form :is(input:not([type=hidden]), textarea, select)")?.focus();
    return;
  }
  const closer = event.target.closest?.("[data-close]");
  if (closer?.closest("dialog")) {
    event.preventDefault();
    closer.closest("dialog").close();
  } else if (event.target.tagName === "DIALOG") {
    event.target.close();
  }
});
