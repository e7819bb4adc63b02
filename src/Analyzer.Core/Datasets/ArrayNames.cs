using System.Text.RegularExpressions;

namespace Analyzer.Datasets;

/// <summary>What names of files and arrays say: `x_train` are the inputs of the split `train`, `y_test` the labels of `test`.</summary>
internal static partial class ArrayNames
{
    /// <summary>The split of files whose name gives none: `inputs.npy`.</summary>
    public const string OnlySplit = "all";

    private static readonly string[] InputWords = ["inputs", "images", "x"];
    private static readonly string[] LabelWords = ["labels", "y"];

    /// <summary>What an array is.</summary>
    public enum Role
    {
        /// <summary>Its name does not say.</summary>
        Unknown,
        /// <summary>Samples.</summary>
        Inputs,
        /// <summary>Class indices.</summary>
        Labels,
    }

    /// <summary>Splits a name at `_`, `-` and `.`; the first or last word may say what the array is, the rest names the split.</summary>
    /// <returns>The split, empty where the name gives none; the whole name where it has no word for what the array is.</returns>
    public static (string Split, Role Role) Parse(string name)
    {
        var match = Words().Match(name);
        if (!match.Success) return RoleOf(name) is var whole and not Role.Unknown ? ("", whole) : (name, Role.Unknown);
        if (RoleOf(match.Groups["first"].Value) is var first and not Role.Unknown) return (match.Groups["afterFirst"].Value, first);
        match = LastWord().Match(name);
        var last = RoleOf(match.Groups["last"].Value);
        return last == Role.Unknown ? (name, last) : (match.Groups["before"].Value, last);
    }

    /// <summary>The split and role of MNIST's file names, `train-images-idx3-ubyte`; null for other names.</summary>
    public static (string Split, Role Role)? ParseIdx(string name)
    {
        var match = IdxName().Match(name);
        if (!match.Success) return null;
        var split = match.Groups["split"].Value;
        // MNIST calls its test split after the ten thousand samples it has.
        return (split == "t10k" ? "test" : split, match.Groups["role"].Value == "images" ? Role.Inputs : Role.Labels);
    }

    private static Role RoleOf(string word) =>
        InputWords.Contains(word, StringComparer.OrdinalIgnoreCase) ? Role.Inputs
        : LabelWords.Contains(word, StringComparer.OrdinalIgnoreCase) ? Role.Labels : Role.Unknown;

    [GeneratedRegex("^(?<first>[^_.-]+)[_.-](?<afterFirst>.+)$", RegexOptions.NonBacktracking)]
    private static partial Regex Words();

    [GeneratedRegex("^(?<before>.+)[_.-](?<last>[^_.-]*)$", RegexOptions.NonBacktracking)]
    private static partial Regex LastWord();

    [GeneratedRegex("^(?<split>.+)-(?<role>images|labels)-idx[0-9]+-ubyte$", RegexOptions.NonBacktracking)]
    private static partial Regex IdxName();
}
