using Microsoft.AspNetCore.Components;

namespace Analyzer.Reports.Html;

/// <summary>Sentences that mark names by backticks, as they stand in terminals and Markdown, for a page.</summary>
internal static class Marked
{
    /// <summary>What stands between two backticks becomes code; a text of an odd number of them stays as it is.</summary>
    public static RenderFragment Of(string text) => builder =>
    {
        var parts = text.Split('`');
        if (parts.Length % 2 == 0) parts = [text];
        for (var i = 0; i < parts.Length; i++)
        {
            if (i % 2 == 1) builder.OpenElement(0, "code");
            builder.AddContent(1, parts[i]);
            if (i % 2 == 1) builder.CloseElement();
        }
    };
}
