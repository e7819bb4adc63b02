using Analyzer.Statistics;

namespace Analyzer.Serving;

/// <summary>How runs are served.</summary>
public sealed record ServeOptions
{
    /// <summary>The port of 127.0.0.1; 0 for any that is free. Default 0.</summary>
    public int Port { get; init => field = Require.InRange(value, 0, 65_535); }

    /// <summary>Rows that the page for SQL shows at most. Default 1,000.</summary>
    public int QueryRows { get; init => field = Require.InRange(value, 1, 100_000); } = 1_000;

    /// <summary>Seconds that its statements may take. Default 20.</summary>
    public double QuerySeconds { get; init => field = Require.InRange(value, .001, 3_600); } = 20;
}
