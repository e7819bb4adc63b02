namespace Analyzer.Serving;

/// <summary>There is nothing at an address.</summary>
/// <param name="sentence">What is not there.</param>
internal sealed class NoSuchPageException(string sentence) : Exception(sentence);
