// The hired as points about their line, everybody else as strokes along the scores, the cut-off upright.
import { axis, frame, grid } from "./palette.js";

const band = (told, colour) => (params, api) => {
  if (params.dataIndex > 0) return null;
  const low = told.line.map(([x, , bottom]) => api.coord([x, bottom]));
  const high = told.line.map(([x, , , upper]) => api.coord([x, upper])).reverse();
  return { type: "polygon", shape: { points: [...low, ...high] }, style: { fill: colour, opacity: 0.22 } };
};

const stroke = (most, colour) => (params, api) => {
  const [x] = api.coord([api.value(0) + 0.5, 0]);
  const { y, height } = params.coordSys;
  const tall = 6 + 22 * Math.sqrt(api.value(1) / most);
  const shape = { x1: x, x2: x, y1: y + height, y2: y + height - tall };
  return { type: "line", shape, style: { stroke: colour, lineWidth: 3, opacity: 0.6 } };
};

export function scatter(told, { colours, isNarrow }) {
  const [hired, others, line] = told.names;
  const works = told.points.map(([, work]) => work);
  const scores = [...told.points.map(([score]) => score), ...told.rug.map(([score]) => score)];
  // The strokes need a floor of their own below the lowest point.
  const [low, high] = [Math.min(...works), Math.max(...works)];
  const option = frame(colours, {
    legend: told.line.length ? [hired, others, line] : [hired, others],
    grid: grid(isNarrow ? 60 : 46),
    xAxis: axis(colours, {
      type: "value",
      name: told.x,
      min: Math.floor(Math.min(...scores) / 5) * 5,
      max: Math.ceil(Math.max(...scores) / 5) * 5,
    }),
    yAxis: axis(colours, {
      type: "value",
      name: told.y,
      nameGap: 34,
      min: Math.floor((low - (high - low) * 0.12) / 5) * 5,
      max: Math.ceil(high / 5) * 5,
    }),
    series: [
      {
        type: "scatter",
        name: hired,
        symbolSize: 6,
        itemStyle: { color: colours["accent-text"], opacity: 0.5 },
        data: told.points,
        markLine: {
          silent: true,
          symbol: "none",
          animation: false,
          lineStyle: { color: colours.text, type: "dashed" },
          label: { formatter: told.cutText, color: colours.text, position: "end" },
          data: typeof told.cut === "number" ? [{ xAxis: told.cut }] : [],
        },
      },
      {
        type: "custom",
        name: others,
        itemStyle: { color: colours.quiet },
        renderItem: stroke(Math.max(1, ...told.rug.map(([, n]) => n)), colours.quiet),
        data: told.rug,
        encode: { x: 0 },
        clip: true,
      },
      {
        type: "line",
        name: line,
        showSymbol: false,
        silent: true,
        lineStyle: { color: colours.warm, width: 2 },
        itemStyle: { color: colours.warm },
        data: told.line.map(([x, y]) => [x, y]),
      },
      { type: "custom", silent: true, renderItem: band(told, colours.warm), data: told.line.slice(0, 1), z: 1 },
    ],
  });
  option.grid.left = 22;
  option.tooltip.formatter = ({ seriesIndex, value }) => {
    if (seriesIndex === 1) return `${told.x} ${value[0]}–${value[0] + 1}\n${others}: ${value[1]}`;
    return `${told.x}: ${value[0]}\n${told.y}: ${value[1]}`;
  };
  return { height: isNarrow ? 320 : 400, option };
}
