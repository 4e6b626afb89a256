// Beside an open row its list stays: htmx swaps the row's page only, ticks and scroll remain. What is
// open is marked here, and kept in sight.
function mark() {
  for (const link of document.querySelectorAll("[data-list] a[href]")) {
    const isOpen = link.pathname === location.pathname;
    if (isOpen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (isOpen) link.scrollIntoView({ block: "nearest" });
  }
}

document.addEventListener("htmx:pushedIntoHistory", mark);
document.querySelector(".split-list [aria-current='true']")?.scrollIntoView({ block: "nearest" });
