using System.Text.RegularExpressions;

namespace Analyzer.Cli.Tests.Delivery;

/// <summary>A fenced block of a guide.</summary>
/// <param name="Section">The heading above it.</param>
/// <param name="Language">bash, python, csharp, sql, yaml or text.</param>
/// <param name="Text">What stands in it.</param>
/// <param name="Prints">The <c>text</c> block that follows it at once: what it prints, or null.</param>
internal sealed partial record GuideBlock(string Section, string Language, string Text, string? Prints)
{
    /// <summary>The file that it is to be saved as, where its first line is a comment with nothing but a path.</summary>
    public string? File => FirstLine().Match(Text) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>All blocks of a guide in order, but those that tell what the one before prints.</summary>
    public static IReadOnlyList<GuideBlock> Of(string markdown)
    {
        var blocks = new List<GuideBlock>();
        foreach (Match match in Fence().Matches(markdown.ReplaceLineEndings("\n")))
        {
            var before = markdown[..match.Index];
            var (language, text) = (match.Groups[1].Value, match.Groups[2].Value);
            if (language == "text")
                blocks[^1] = blocks[^1] with { Prints = text };
            else
                blocks.Add(new(Heading().Matches(before).Last().Groups[1].Value, language, text, null));
        }
        return blocks;
    }

    /// <summary>
    /// Holds what was printed against what a guide shows. Blanks count as one however many they are; <c>…</c> stands for anything within
    /// a line, and alone on a line for any number of lines.
    /// </summary>
    public static void AssertPrints(string shown, string printed)
    {
        var pattern = string.Concat(Lines(shown).Select(line => line == "…" ? "(?:[^\n]*\n)*?" : Regex.Escape(line).Replace("…", "[^\n]*?", StringComparison.Ordinal) + "\n"));
        var actual = string.Concat(Lines(printed).Select(line => line + "\n"));
        Assert.True(Regex.IsMatch(actual, $@"\A{pattern}\z"), $"the guide shows\n{shown}\nand this was printed:\n{printed}");
    }

    private static IEnumerable<string> Lines(string text) =>
        text.ReplaceLineEndings("\n").Trim('\n').Split('\n').Select(line => Blanks().Replace(line.Trim(), " "));

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)] private static partial Regex Fence();

    [GeneratedRegex(@"^#+ (.*)$", RegexOptions.Multiline)] private static partial Regex Heading();

    [GeneratedRegex(@"\A(?:#|//) ([\w./-]+\.\w+)(?:\n|:)")] private static partial Regex FirstLine();

    [GeneratedRegex(@"\s+")] private static partial Regex Blanks();
}
