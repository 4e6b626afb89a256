// Whoever acts on a row finds its list again where it was: the same scroll, and the focus on the row that
// now stands in the place of the one that went. The address, with its filters, is the server's part.
const PLACES = "places", SENT = "sent";
const SCROLLERS = ".list-scroll, .split-list";
const ROWS = "[data-list] > li, .list tbody > tr, .readings > li, .reading";
// Of a query only a number stays in the browser: it may be a name.
const sum = (text) => [...text].reduce((hash, sign) => (Math.imul(hash, 31) + sign.codePointAt(0)) | 0, 0);
const here = () => `${location.pathname} ${sum(location.search)}`;
const read = () => JSON.parse(sessionStorage.getItem(PLACES) ?? "{}");
let row = -1;

document.addEventListener("focusin", (event) => {
  const found = event.target.closest(ROWS);
  if (found) row = [...document.querySelectorAll(ROWS)].indexOf(found);
});
document.addEventListener("submit", () => sessionStorage.setItem(SENT, "yes"));

addEventListener("pagehide", () => {
  if (!document.querySelector(ROWS)) return;
  const inner = [...document.querySelectorAll(SCROLLERS)].map((one) => one.scrollTop);
  const kept = Object.entries(read()).filter(([address]) => address !== here()).slice(-9);
  sessionStorage.setItem(PLACES, JSON.stringify(Object.fromEntries([...kept, [here(), { y: scrollY, inner, row }]])));
});

const place = read()[here()];
if (place && sessionStorage.getItem(SENT)) {
  sessionStorage.removeItem(SENT);
  const rows = [...document.querySelectorAll(ROWS)];
  const target = rows[Math.min(place.row, rows.length - 1)];
  target?.querySelector("a[href], button, input:not([type=hidden])")?.focus({ preventScroll: true });
  [...document.querySelectorAll(SCROLLERS)].forEach((one, at) => (one.scrollTop = place.inner[at] ?? 0));
  scrollTo(0, place.y);
}
