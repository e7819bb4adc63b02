using System.Runtime.CompilerServices;

namespace Analyzer.Statistics;

/// <summary>One sentence form for every bad parameter: the name, the value and the range it must lie in.</summary>
public static class Require
{
    /// <summary>Returns the value if it lies in [<paramref name="least"/>, <paramref name="most"/>], both included.</summary>
    /// <param name="value">The value to check.</param>
    /// <param name="least">Smallest value allowed.</param>
    /// <param name="most">Largest value allowed.</param>
    /// <param name="name">What is checked; inside an <c>init</c> accessor the property's name.</param>
    /// <returns>The value itself.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside.</exception>
    public static int InRange(int value, int least, int most, [CallerMemberName] string name = "") =>
        value >= least && value <= most ? value : throw OutOfRange(name, value, least, most);

    /// <inheritdoc cref="InRange(int, int, int, string)"/>
    public static double InRange(double value, double least, double most, [CallerMemberName] string name = "") =>
        value >= least && value <= most ? value : throw OutOfRange(name, value, least, most);

    /// <summary>Throws unless two lengths that must agree do.</summary>
    /// <param name="length">What was given.</param>
    /// <param name="expected">What it must be.</param>
    /// <param name="name">What is checked.</param>
    /// <exception cref="ArgumentException">They differ.</exception>
    public static void SameLength(int length, int expected, string name)
    {
        if (length != expected)
            throw new ArgumentException(FormattableString.Invariant($"`{name}` has {length} entries; it must have {expected}"), name);
    }

    private static ArgumentOutOfRangeException OutOfRange<T>(string name, T value, T least, T most) =>
        new(name, value, FormattableString.Invariant($"`{name}` is {value}; it must lie in [{least}, {most}]"));
}
