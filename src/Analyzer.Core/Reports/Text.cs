using System.Globalization;
using System.Text;

namespace Analyzer.Reports;

/// <summary>Numbers and names as a report prints them, the same in every culture.</summary>
public static class Text
{
    /// <summary>Text in one line that a terminal or a page only shows: line breaks and tabs are escaped, and all that <see cref="Visible"/> escapes.</summary>
    public static string Line(string text) => Visible(text).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);

    /// <summary>
    /// Text whose control characters other than line breaks and tabs, and those that turn the direction of writing, are escaped as JSON
    /// and C# do: names come from models and data that nobody here made, and a terminal obeys them.
    /// </summary>
    public static string Visible(string text)
    {
        if (!text.Any(IsCommand)) return text;
        var shown = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (IsCommand(c)) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else shown.Append(c);
        }
        return shown.ToString();
    }

    /// <summary>Text in which a name that nobody could read is cut to its beginning and end; 200 characters of a word are left.</summary>
    public static string Short(string text) => string.Join(' ', text.Split(' ').Select(word => word.Length <= LongestWord ? word : $"{word[..(LongestWord / 2)]}…{word[^(LongestWord / 2)..]}"));

    private const int LongestWord = 200;

    private static bool IsCommand(char c) =>
        (char.IsControl(c) && c is not ('\n' or '\t')) || c is '\u200e' or '\u200f' or '\u061c' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029' or (>= '\ufffe');

    /// <summary>A whole number with its thousands apart.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A shape, such as <c>[N, 64, 8, 8]</c>; N where it is open.</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape.Select(d => d < 0 ? "N" : Count(d)))}]";

    /// <summary>An outcome as pages and files have it: its name in lower case.</summary>
    public static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A fraction or accuracy: four decimals, so that .001 and .0004 stay apart.</summary>
    public static string Fraction(double? value) => value is { } v ? v.ToString("0.0000", CultureInfo.InvariantCulture) : "–";

    /// <summary>A share in words: percent, with two decimals at most; a dash where there is none.</summary>
    public static string Percent(double? share) => share is { } s ? (100 * s).ToString("0.##", CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>A measurement in words: three decimals at most.</summary>
    public static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A setting in words: every digit it has.</summary>
    public static string Setting(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A finding's value: counts as whole numbers, everything else as <see cref="Fraction"/>.</summary>
    public static string Value(Finding finding) =>
        finding.ValueUnit != "fraction" && finding.Value == Math.Round(finding.Value) && Math.Abs(finding.Value) < 1e15 ? Count((long)finding.Value) : Fraction(finding.Value);

    /// <summary>An interval as <c>low … high</c>; a dash where there is none.</summary>
    public static string Interval(double[]? interval) => interval is { Length: 2 } ? $"{Fraction(interval[0])} … {Fraction(interval[1])}" : "–";

    /// <summary>A null's mean, with its spread where it was drawn more than once; a dash where there is none.</summary>
    public static string Null(NullSummary? n) => n is null ? "–"
        : n is { Std: { } std, Draws: > 1 } ? $"{Fraction(n.Mean)} ± {Fraction(std)}" : Fraction(n.Mean);
}
