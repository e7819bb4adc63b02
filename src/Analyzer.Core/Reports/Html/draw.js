const dark = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : null;
for (const element of document.querySelectorAll('.chart')) {
  const chart = echarts.init(element, dark, { renderer: 'svg' });
  const option = JSON.parse(element.dataset.option);
  // On a phone the names of categories stand slanted, or they would overlap.
  if (element.clientWidth < 500) Object.assign(option.xAxis.axisLabel, { rotate: 40, width: 110, overflow: 'truncate' });
  chart.setOption(option);
  addEventListener('resize', () => chart.resize());
}
