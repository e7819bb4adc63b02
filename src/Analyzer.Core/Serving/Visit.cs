using System.Globalization;
using Analyzer.Reports;
using Analyzer.Runs;
using Microsoft.AspNetCore.Http;

namespace Analyzer.Serving;

/// <summary>A request for a page.</summary>
public sealed class Visit
{
    private const long Memory = 1L << 30;

    private readonly HttpContext _context;
    private readonly ServedRuns _runs;

    internal Visit(HttpContext context, ServedRuns runs, ServeOptions options) => (_context, _runs, Options) = (context, runs, options);

    /// <summary>What is served.</summary>
    public IReadOnlyList<ServedRun> Runs => _runs.All;

    /// <summary>How.</summary>
    public ServeOptions Options { get; }

    /// <summary>The visitor has gone.</summary>
    public CancellationToken Gone => _context.RequestAborted;

    /// <summary>The run that the address names.</summary>
    public ServedRun Run => RunOf(Part("run"));

    /// <summary>A run by the number in a link.</summary>
    public ServedRun RunOf(string? number) => Number(number) is { } n && n < Runs.Count ? Runs[(int)n] : throw new NoSuchPageException($"There is no run of this number: {Text.Count(Runs.Count)} are served, from 0.");

    /// <summary>A part of the address.</summary>
    public string Part(string name) => (string?)_context.Request.RouteValues[name] ?? "";

    /// <summary>A part of the address that is a number from 0.</summary>
    public long NumberPart(string name, string what) => Number(Part(name)) ?? throw new NoSuchPageException($"There is no {what} of this number.");

    /// <summary>A value behind the question mark; empty where it is not there.</summary>
    public string Asked(string name) => _context.Request.Query[name].ToString();

    /// <summary>A number behind the question mark; null where there is none.</summary>
    public long? AskedNumber(string name) => Number(Asked(name));

    /// <summary>The report of a run.</summary>
    public Report Report(ServedRun run) => _runs.Kept($"report {run.Number}", [run], () =>
    {
        using var opened = Analyzer.Runs.Run.Open(run.Path);
        return JudgedBy.Judge(opened, ReportBuilder.Build(opened));
    });

    /// <summary>What a run is of.</summary>
    public Manifest Manifest(ServedRun run) => _runs.Kept($"manifest {run.Number}", [run], () =>
    {
        using var opened = Analyzer.Runs.Run.Open(run.Path);
        return opened.Manifest;
    });

    /// <summary>What the values of a tap are like.</summary>
    public UnitMoments Moments(ServedRun run, TapEntry tap) => _runs.Kept($"moments {run.Number} {tap.Id}", [run], () =>
    {
        using var opened = Analyzer.Runs.Run.Open(run.Path);
        return opened.Moments(tap, Gone);
    });

    /// <summary>What changed from one run to another.</summary>
    public DiffReport Diff(ServedRun a, ServedRun b) => _runs.Kept($"diff {a.Number} {b.Number}", [a, b], () => Pipeline.Diff(a.Path, b.Path, new(), cancellation: Gone));

    /// <summary>The layer that a part of the address names by the id of one of its taps.</summary>
    public ServedLayer Layer(ServedRun run) => ServedLayer.All(Manifest(run)).FirstOrDefault(l => l.Taps.Any(t => t.Id == Part("tap"))) ?? throw new NoSuchPageException("The run has no tap of this id.");

    /// <summary>A class by its number and, where the data has one, its name; a dash where there is none.</summary>
    public static string Class(Manifest manifest, long? label) => label is not { } c ? "–"
        : c >= 0 && c < manifest.Data.Classes?.Count ? $"{c.ToString(CultureInfo.InvariantCulture)} {Text.Short(manifest.Data.Classes[(int)c])}" : c.ToString(CultureInfo.InvariantCulture);

    /// <summary>A run as a database, for this visit.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Ends what is asked of it; without, the visitor's leaving does.</param>
    public RunDatabase Database(ServedRun run, CancellationToken? cancellation = null)
    {
        using var opened = Analyzer.Runs.Run.Open(run.Path);
        return RunDatabase.Open(opened, Memory, cancellation ?? Gone);
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= int.MaxValue ? n : null;
}
