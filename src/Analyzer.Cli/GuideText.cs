using System.Text;
using System.Text.RegularExpressions;

namespace Analyzer.Cli;

/// <summary>Markdown as a terminal shows it: headings and words of weight bold, code indented, paragraphs wrapped. As much of Markdown as the guides use.</summary>
internal static partial class GuideText
{
    private const int Widest = 100;

    /// <summary>The text for a terminal.</summary>
    /// <param name="markdown">A guide.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="styles">What is put around words.</param>
    public static string Render(string markdown, int width, TextStyles styles)
    {
        var lines = markdown.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var text = new StringBuilder();
        var code = false;
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) code = !code;
            else if (code) text.Append(line.Length > 0 ? $"    {line}" : "").Append('\n');
            else if (Heading().Match(line) is { Success: true } heading) text.Append(styles.Bold(heading.Groups[1].Value)).Append('\n');
            else text.AppendJoin('\n', Wrapped(line, Math.Min(width, Widest), styles)).Append('\n');
        }
        return text.ToString();
    }

    // Words are counted before they are styled, for what a terminal hides takes no room.
    private static List<string> Wrapped(string line, int width, TextStyles styles)
    {
        var indent = line.StartsWith("- ", StringComparison.Ordinal) ? "  " : "";
        var (lines, used) = (new List<string> { "" }, 0);
        foreach (var word in Words().Matches(Link().Replace(line, "$1 ($2)")).Select(m => m.Value))
        {
            var shown = Marks().Replace(word, m => m.Groups["bold"].Success ? styles.Bold(m.Groups["bold"].Value) : m.Groups["code"].Success ? styles.Code(m.Groups["code"].Value) : m.Groups["italic"].Value);
            var length = Marks().Replace(word, m => m.Groups["bold"].Value + m.Groups["code"].Value + m.Groups["italic"].Value).Length;
            if (used > 0 && used + 1 + length > width)
            {
                lines.Add(indent + shown);
                used = indent.Length + length;
            }
            else
            {
                lines[^1] += used > 0 ? $" {shown}" : shown;
                used += length + (used > 0 ? 1 : 0);
            }
        }
        return lines;
    }

    [GeneratedRegex(@"^#+ (.*)$")] private static partial Regex Heading();

    [GeneratedRegex(@"\[([^\]]+)\]\(([^)]+)\)")] private static partial Regex Link();

    // What stands between marks is one word, whatever blanks it has.
    [GeneratedRegex(@"(?:\*\*[^*]+\*\*|`[^`]+`|\S)+")] private static partial Regex Words();

    [GeneratedRegex(@"\*\*(?<bold>[^*]+)\*\*|`(?<code>[^`]+)`|(?<!\*)\*(?<italic>[^*\s]+)\*(?!\*)")] private static partial Regex Marks();
}

/// <summary>What is put around words that stand out.</summary>
/// <param name="Bold">For headings and words of weight.</param>
/// <param name="Code">For code within a sentence.</param>
internal sealed record TextStyles(Func<string, string> Bold, Func<string, string> Code)
{
    /// <summary>A terminal's own commands.</summary>
    public static TextStyles Ansi { get; } = new(text => $"\u001b[1m{text}\u001b[0m", text => $"\u001b[36m{text}\u001b[0m");

    /// <summary>Nothing but the text; code keeps its marks, for it could not be told from prose.</summary>
    public static TextStyles Plain { get; } = new(text => text, text => $"`{text}`");
}
