using System.Text.RegularExpressions;
using Analyzer.Reports.Html;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Analyzer.Reports;

/// <summary>Turns a report into one HTML page that needs no network: style, data and chart library are inside.</summary>
public static partial class ReportHtml
{
    /// <summary>Renders the report of a run. Every text from model or data is escaped by the renderer.</summary>
    public static Task<string> RenderAsync(Report report) => RenderAsync<ReportPage>(nameof(ReportPage.Report), report);

    /// <summary>Renders the page of a sweep.</summary>
    public static Task<string> RenderAsync(SweepReport sweep) => RenderAsync<SweepPage>(nameof(SweepPage.Sweep), sweep);

    /// <summary>Renders the page of a comparison.</summary>
    public static Task<string> RenderAsync(DiffReport diff) => RenderAsync<DiffPage>(nameof(DiffPage.Diff), diff);

    private static Task<string> RenderAsync<TPage>(string parameter, object value) where TPage : IComponent => RenderAsync<TPage>(new Dictionary<string, object?>
    {
        [parameter] = value,
        [nameof(ReportPage.Inside)] = new PageAssets(Resource("report.css"), Resource("tables.js"), Resource("echarts.js"), Resource("draw.js")),
    });

    /// <summary>Renders a page of other parameters.</summary>
    internal static async Task<string> RenderAsync<TPage>(IDictionary<string, object?> parameters) where TPage : IComponent
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var page = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<TPage>(ParameterView.FromDictionary(parameters))).ToHtmlString());
        // The renderer writes what is not ASCII as its number, and a browser would obey it all the same.
        return "<!DOCTYPE html>\n" + Numbered().Replace(page, c => Text.Visible($"{(char)Convert.ToInt32(c.Groups[1].Value, 16)}") is { Length: > 1 } shown ? shown : c.Value);
    }

    [GeneratedRegex("&#x([0-9A-F]{1,4});")] private static partial Regex Numbered();

    /// <summary>A file that pages are made of, by its name.</summary>
    internal static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(ReportHtml).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
