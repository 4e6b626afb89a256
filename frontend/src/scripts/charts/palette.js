// The page's own colours. The names stand for light-dark() pairs, which only a property resolves.
const names = ["text", "quiet", "line", "surface", "accent", "accent-text", "accent-line", "good", "warm", "bad"];

export function palette(place, scheme) {
  const probe = document.createElement("i");
  probe.style.colorScheme = scheme ?? "";
  place.parentElement.append(probe);
  const found = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(found);
}

const font = () => getComputedStyle(document.body).fontFamily;

// What every drawing has in common.
export function frame(colours, more) {
  const { legend, ...rest } = more;
  return {
    textStyle: { fontFamily: font(), color: colours.text, fontSize: 12 },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { color: colours.text, fontSize: 12 },
    },
    legend: {
      show: Boolean(legend),
      data: legend || [],
      left: 0,
      top: 0,
      itemWidth: 14,
      itemHeight: 10,
      selectedMode: false,
      textStyle: { color: colours.quiet },
    },
    ...rest,
  };
}

export function axis(colours, more) {
  return {
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: colours.quiet },
    axisLabel: { color: colours.quiet },
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colours.line } },
    ...more,
  };
}

export const labelled = (colours, isNarrow) => ({
  color: colours.text,
  width: isNarrow ? 104 : 190,
  overflow: "break",
  lineHeight: 15,
});

export const grid = (top) => ({
  left: 6,
  right: 18,
  top,
  bottom: 34,
  outerBoundsMode: "same",
  outerBoundsContain: "axisLabel",
});

export const percent = (value) => `${Math.round(value * 100)}%`;
