const dark = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : null;
for (const element of document.querySelectorAll('.chart')) {
  const chart = echarts.init(element, dark, { renderer: 'svg' });
  chart.setOption(JSON.parse(element.dataset.option));
  addEventListener('resize', () => chart.resize());
}
