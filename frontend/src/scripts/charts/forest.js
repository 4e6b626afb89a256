// One line for each row: a dot, its interval, perhaps a hollow dot for another figure of the same row.
import { axis, frame, grid, labelled, percent } from "./palette.js";

const whisker = (colour) => (_params, api) => {
  const row = api.value(0);
  const [low, high] = [api.coord([api.value(1), row]), api.coord([api.value(2), row])];
  const line = (x1, y1, x2, y2) => ({
    type: "line",
    shape: { x1, y1, x2, y2 },
    style: { stroke: colour, lineWidth: 2 },
  });
  const [y, cap] = [low[1], 5];
  return {
    type: "group",
    children: [
      line(low[0], y, high[0], y),
      line(low[0], y - cap, low[0], y + cap),
      line(high[0], y - cap, high[0], y + cap),
    ],
  };
};

function marks(told, colours) {
  return {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: colours.quiet, type: "dashed", width: 1 },
    // The rows run downward, so the line starts at the top.
    label: { color: colours.quiet, fontSize: 11, position: "start" },
    data: told.marks.map(({ at, label }) => ({ xAxis: at, label: { formatter: label, show: Boolean(label) } })),
  };
}

// Room for every row's figures and every mark.
function bounds(told) {
  const values = told.rows.flatMap((row) => [row.value, row.low, row.high, row.other]);
  const known = [...values, ...told.marks.map((mark) => mark.at)].filter((value) => typeof value === "number");
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const edge = (high - low || Math.abs(high) || 1) * 0.06;
  return told.percent ? { min: 0, max: 1 } : { min: low - edge, max: high + edge };
}

const short = (value) => String(Number(value.toFixed(2))).replace("-", "\u2212");

export function forest(told, { colours, isNarrow }) {
  const labels = told.rows.map((row) => row.label);
  const points = (key) => told.rows.flatMap((row, number) => (typeof row[key] === "number" ? [[row[key], number]] : []));
  const intervals = told.rows.flatMap((row, number) =>
    typeof row.low === "number" ? [[number, row.low, row.high]] : [],
  );
  const hasOther = told.names.length > 1;
  const top = hasOther || told.marks.some((mark) => mark.label) ? 46 : 16;
  const say = ({ seriesIndex, value }) => {
    const row = told.rows[seriesIndex === 0 ? value[0] : value[1]];
    const other = row.otherText ? `\n${told.names[1]}: ${row.otherText}` : "";
    return `${row.label}\n${told.names[0]}: ${row.text}${other}`;
  };
  const option = frame(colours, {
    legend: hasOther && told.names,
    grid: grid(top),
    xAxis: axis(colours, {
      type: "value",
      name: told.axis,
      splitNumber: isNarrow ? 3 : 5,
      ...bounds(told),
      axisLabel: { color: colours.quiet, formatter: told.percent ? percent : short, showMinLabel: false, showMaxLabel: false },
    }),
    yAxis: axis(colours, {
      type: "category",
      data: labels,
      inverse: true,
      splitLine: { show: false },
      axisLabel: labelled(colours, isNarrow),
    }),
    series: [
      {
        type: "custom",
        renderItem: whisker(colours["accent-text"]),
        encode: { x: [1, 2], y: 0 },
        data: intervals,
        clip: true,
      },
      {
        type: "scatter",
        name: told.names[0],
        symbolSize: 11,
        itemStyle: { color: colours["accent-text"] },
        data: points("value"),
        markLine: marks(told, colours),
        z: 3,
      },
      {
        type: "scatter",
        name: told.names[1],
        symbolSize: 11,
        itemStyle: { color: colours.surface, borderColor: colours.warm, borderWidth: 2 },
        data: points("other"),
        z: 4,
      },
    ],
  });
  option.tooltip.formatter = say;
  return { height: top + 60 + told.rows.length * (isNarrow ? 46 : 38), option };
}
