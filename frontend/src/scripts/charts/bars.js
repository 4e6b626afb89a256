// Groups of bars, lying: names of stages and dimensions are long.
import { axis, frame, grid, labelled, percent } from "./palette.js";

export function bars(told, { colours, isNarrow }) {
  const shades = told.series.length > 1 ? [colours["accent-line"], colours.warm, colours["accent-text"]] : [colours["accent-text"]];
  const top = told.series.length > 1 ? (isNarrow ? 58 : 36) : 10;
  const option = frame(colours, {
    legend: told.series.length > 1 && told.series.map((series) => series.name),
    grid: grid(top),
    xAxis: axis(colours, {
      type: "value",
      name: told.axis,
      splitNumber: isNarrow ? 3 : 5,
      axisLabel: { color: colours.quiet, ...(told.percent && { formatter: percent }) },
    }),
    yAxis: axis(colours, {
      type: "category",
      data: told.categories,
      inverse: true,
      splitLine: { show: false },
      axisLabel: labelled(colours, isNarrow),
    }),
    series: told.series.map((series, number) => ({
      type: "bar",
      name: series.name,
      data: series.values,
      barMaxWidth: 20,
      barGap: "10%",
      itemStyle: { color: shades[number % shades.length], borderRadius: [0, 3, 3, 0] },
      label: {
        show: told.series.length < 3 || !isNarrow,
        position: "right",
        color: colours.quiet,
        fontSize: 11,
        formatter: ({ dataIndex }) => series.texts[dataIndex],
      },
    })),
  });
  option.grid.right = 58;
  option.tooltip.formatter = ({ seriesIndex, dataIndex, name }) =>
    `${name}\n${told.series[seriesIndex].name}: ${told.series[seriesIndex].texts[dataIndex]}`;
  return { height: top + 50 + told.categories.length * (14 + told.series.length * 18), option };
}
