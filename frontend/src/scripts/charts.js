// Draws what a page tells in <script type="application/json">. Every number of a drawing stands in a table beside
// it, so that nothing is lost without this.
import { SVGRenderer } from "echarts/renderers";
import { init, use } from "echarts/core";
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { bars } from "./charts/bars.js";
import { forest } from "./charts/forest.js";
import { palette } from "./charts/palette.js";
import { scatter } from "./charts/scatter.js";

use([SVGRenderer, BarChart, CustomChart, LineChart, ScatterChart]);
use([GridComponent, LegendComponent, MarkLineComponent, TooltipComponent]);

const kinds = { bars, forest, scatter };
const still = matchMedia("(prefers-reduced-motion: reduce)");
const PAPER = 660;
const drawn = [];

function draw(place, scheme) {
  const told = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const width = place.clientWidth;
  const { height, option } = kinds[told.kind](told, { colours: palette(place, scheme), isNarrow: width < 520 });
  place.style.height = `${height}px`;
  const chart = init(place, null, { renderer: "svg" });
  chart.setOption({ ...option, animation: !still.matches && !scheme, animationDuration: 350 });
  return chart;
}

function redraw(scheme, width) {
  for (const entry of drawn) {
    entry.chart.dispose();
    entry.place.style.width = width ? `${width}px` : "";
    entry.chart = draw(entry.place, scheme);
  }
}

for (const place of document.querySelectorAll("[data-chart]")) {
  place.classList.add("chart-drawn");
  const entry = { place, chart: draw(place) };
  drawn.push(entry);
  new ResizeObserver(() => entry.chart.resize()).observe(place);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
window.addEventListener("beforeprint", () => redraw("light", PAPER));
window.addEventListener("afterprint", () => redraw());
