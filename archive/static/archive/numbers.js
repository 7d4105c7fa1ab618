// Draws the charts of the tables on the page. Colours are the page's own; a canvas, so that no style attribute is needed.
const charts = [];
const style = getComputedStyle(document.documentElement);
const tone = (name) => style.getPropertyValue(`--${name}`).trim();

function draw(place) {
  const told = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  if (told.across && told.labels.length > 8) place.classList.add("is-long");
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  const font = getComputedStyle(document.body).fontFamily;
  const names = { type: "category", data: told.labels, inverse: told.across, axisTick: { show: false }, axisLine: { lineStyle: { color: tone("line") } }, axisLabel: { color: tone("ink-2"), fontFamily: font, hideOverlap: true } };
  const values = { type: "value", max: told.most ?? undefined, minInterval: told.unit ? 0 : 1, splitLine: { lineStyle: { color: tone("line") } }, axisLabel: { color: tone("ink-2"), fontFamily: font } };
  const several = told.series.length > 1;
  chart.setOption({
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    textStyle: { fontFamily: font, color: tone("ink") },
    grid: { left: 8, right: 24, top: several ? 40 : 20, bottom: 8, containLabel: true },
    legend: several ? { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: tone("ink"), fontFamily: font } } : undefined,
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, valueFormatter: (value) => (value == null ? "—" : `${value} ${told.unit}`.trim()) },
    xAxis: told.across ? values : names,
    yAxis: told.across ? names : values,
    series: told.series.map((each, place) => ({
      name: each.name,
      type: "bar",
      stack: told.stacked ? "all" : undefined,
      data: each.values,
      barMaxWidth: told.across ? 14 : 26,
      itemStyle: { color: tone(told.tones[place] ?? "info"), borderRadius: told.stacked ? 0 : 2 },
    })),
  });
  charts.push(chart);
}

addEventListener("DOMContentLoaded", start);
if (document.readyState !== "loading") start();
function start() {
  if (charts.length || !window.echarts) return;
  for (const place of document.querySelectorAll("[data-chart]")) draw(place);
}
new ResizeObserver(() => { for (const chart of charts) chart.resize(); }).observe(document.body);
