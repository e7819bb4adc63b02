using Analyzer.Reports.Html;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analyzer.Reports;

/// <summary>Turns a report into one HTML page that needs no network: style, data and chart library are inside.</summary>
public static class ReportHtml
{
    /// <summary>Renders the report of a run. Every text from model or data is escaped by the renderer.</summary>
    public static Task<string> RenderAsync(Report report) => RenderAsync<ReportPage>(nameof(ReportPage.Report), report);

    /// <summary>Renders the page of a sweep.</summary>
    public static Task<string> RenderAsync(SweepReport sweep) => RenderAsync<SweepPage>(nameof(SweepPage.Sweep), sweep);

    private static async Task<string> RenderAsync<TPage>(string parameter, object value) where TPage : IComponent
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [parameter] = value,
            [nameof(ReportPage.ECharts)] = Resource("echarts.js"),
            [nameof(ReportPage.Style)] = Resource("report.css"),
            [nameof(ReportPage.Draw)] = Resource("draw.js"),
        });
        return "<!DOCTYPE html>\n" + await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<TPage>(parameters)).ToHtmlString());
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(ReportHtml).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
