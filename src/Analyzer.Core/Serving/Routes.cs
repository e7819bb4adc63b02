using Analyzer.Reports;
using Analyzer.Serving.Pages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace Analyzer.Serving;

/// <summary>Which address shows what.</summary>
internal static class Routes
{
    public static void Map(WebApplication app, ServedRuns runs, ServeOptions options, PageMaking making, Action<string> say)
    {
        void Page<TPage>(string address) where TPage : IComponent => app.MapGet(address, context => Show(context, new(context, runs, options), ReportHtml.RenderAsync<TPage>, making, say));
        Page<RunsPage>("/");
        Page<ComparePage>("/compare");
        Page<LivePage>("/run/{run}");
        Page<FindingsPage>("/run/{run}/findings");
        Page<LayersPage>("/run/{run}/layers");
        Page<LayerPage>("/run/{run}/layers/{tap}");
        Page<UnitPage>("/run/{run}/layers/{tap}/units/{unit}");
        Page<SamplesPage>("/run/{run}/samples");
        Page<SamplePage>("/run/{run}/samples/{sample}");
        Page<QueryPage>("/run/{run}/query");
        foreach (var (name, type) in new[] { ("report.css", "text/css"), ("serve.css", "text/css"), ("tables.js", "text/javascript"), ("echarts.js", "text/javascript"), ("draw.js", "text/javascript") })
            app.MapGet($"/{name}", context => Write(context, StatusCodes.Status200OK, $"{type}; charset=utf-8", ReportHtml.Resource(name)));
        app.MapFallback("{*path}", context => Show(context, new(context, runs, options), _ => throw new NoSuchPageException("There is no page at this address."), making, say));
    }

    private static async Task Show(HttpContext context, Visit visit, Func<IDictionary<string, object?>, Task<string>> page, PageMaking making, Action<string> say)
    {
        var (status, sentence, hint) = (0, "", "");
        try
        {
            var html = await making.Make(() => page(new Dictionary<string, object?> { ["Visit"] = visit }), visit.Gone).ConfigureAwait(false);
            await Write(context, StatusCodes.Status200OK, "text/html; charset=utf-8", html).ConfigureAwait(false);
            return;
        }
        catch (OperationCanceledException) when (visit.Gone.IsCancellationRequested)
        {
            return;
        }
        catch (NoSuchPageException e)
        {
            (status, sentence, hint) = (StatusCodes.Status404NotFound, e.Message, "Go back to the list of runs.");
        }
        catch (AnalyzerException e)
        {
            (status, sentence, hint) = (StatusCodes.Status500InternalServerError, $"{e.Message}.", $"What helps: {e.Hint}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (status, sentence, hint) = (StatusCodes.Status500InternalServerError, $"A file of the run cannot be read: {e.Message}", "Was the run moved, deleted or written anew? Load the page again when it is whole.");
        }
        // A bug must not end the server, nor show its insides to a browser.
        catch (Exception e) when (!context.Response.HasStarted)
        {
            say($"a bug: {context.Request.Path}: {e}");
            (status, sentence, hint) = (StatusCodes.Status500InternalServerError, "This page could not be made: that is a mistake in Analyzer.", "The terminal says more.");
        }
        await Write(context, status, "text/html; charset=utf-8", await ReportHtml.RenderAsync<ErrorPage>(new Dictionary<string, object?> { [nameof(ErrorPage.Visit)] = visit, [nameof(ErrorPage.Sentence)] = sentence, [nameof(ErrorPage.Hint)] = hint }).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static Task Write(HttpContext context, int status, string type, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
