using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Analyzer.Figures;

/// <summary>A figure as a report page carries it.</summary>
/// <param name="Section">Where it stands, such as <c>codes</c>.</param>
/// <param name="Number">Its place in that section, from 1.</param>
/// <param name="Text">What it shows, in one sentence.</param>
/// <param name="Caption">What stands below it.</param>
/// <param name="Option">Its ECharts option, JSON.</param>
internal sealed partial record PageFigure(string Section, int Number, string Text, string Caption, string Option)
{
    private const int LongestName = 80;

    /// <summary>Of its file, without an ending: letters, digits and hyphens, whatever the names in it are; no two of a page are alike.</summary>
    public string FileName => $"{Section}-{Number:D2}-{Plain(Title)}".TrimEnd('-');

    // The sentence is kind, what is shown, and ranges.
    private string Title => Text.Split(": ", 2)[^1].Split(';')[0];

    /// <summary>Every figure of a page, in its order. A page and its files cannot differ, for this is all that they are made from.</summary>
    public static IReadOnlyList<PageFigure> Of(string page)
    {
        // Behind the content stand the scripts, which hold markup of their own.
        var content = page[..page.IndexOf("<script>", StringComparison.Ordinal)];
        var figures = new List<PageFigure>();
        var (section, number) = ("", 0);
        foreach (Match match in Marks().Matches(content))
        {
            if (match.Groups["section"] is { Success: true } opened) (section, number) = (opened.Value, 0);
            else figures.Add(new(section, ++number, Decoded(match, "text"), Decoded(match, "caption"), Decoded(match, "option")));
        }
        return figures;
    }

    private static string Decoded(Match match, string group) => WebUtility.HtmlDecode(match.Groups[group].Value);

    private static string Plain(string title)
    {
        var plain = new StringBuilder();
        foreach (var c in title)
        {
            if (char.IsAsciiLetterOrDigit(c)) plain.Append(char.ToLowerInvariant(c));
            else if (plain.Length > 0 && plain[^1] != '-') plain.Append('-');
            if (plain.Length == LongestName) break;
        }
        return plain.ToString();
    }

    [GeneratedRegex("""<section[^>]* aria-labelledby="(?<section>[a-z]+)"|<div class="chart"[^>]* aria-label="(?<text>[^"]*)" data-option="(?<option>[^"]*)"></div>\s*<figcaption>(?<caption>[^<]*)</figcaption>""")]
    private static partial Regex Marks();
}
