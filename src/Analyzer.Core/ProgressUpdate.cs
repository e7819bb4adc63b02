namespace Analyzer;

/// <summary>How far a long step has come.</summary>
/// <param name="Step">What is being done, such as <c>extract train</c>; a new name starts a new line.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all.</param>
/// <param name="Unit">What is counted, such as <c>samples</c>.</param>
public readonly record struct ProgressUpdate(string Step, long Done, long Total, string Unit);
