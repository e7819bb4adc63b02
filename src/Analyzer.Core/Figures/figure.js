// Draws one figure as SVG, from the option that the page carries. What a page can do and paper cannot is changed: a legend that
// is leafed through stands whole, in as many rows as it needs, and the ground is white.
function drawFigure(json, width, height, font) {
  const option = JSON.parse(json);
  Object.assign(option, { backgroundColor: '#fff', animation: false, textStyle: { fontFamily: font } });
  if (option.legend) option.legend.type = 'plain';
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption(option);
  const legend = option.legend && chart.getModel().getComponent('legend');
  if (legend) {
    const rows = chart.getViewOfComponentModel(legend).group.getBoundingRect().height;
    const more = Math.max(0, Math.ceil(rows + 16 - option.grid.top));
    chart.resize({ width, height: height + more });
    chart.setOption({ grid: { top: option.grid.top + more } });
  }
  const svg = chart.getZr().painter.renderToString({ cssEmphasis: false, cssAnimation: false, useViewBox: true });
  chart.dispose();
  return svg;
}
