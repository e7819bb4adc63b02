using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Analyzer.Analyses;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer;

/// <summary>Checks that a run is what it says: its files by their checksums, its findings by measuring them again. Writes nothing into it.</summary>
internal sealed class Verification
{
    private readonly string _path;
    private readonly SortedDictionary<string, FileState> _files;
    private readonly List<VerifiedFinding> _findings = [];
    private readonly List<VerifyNote> _notes = [];
    private bool _unreadable;

    private Verification(string path, SortedDictionary<string, FileState> files) => (_path, _files) = (path, files);

    public static VerifyReport Of(string path, VerifyOptions options, Func<Run, Experiments> experiments, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        if (!File.Exists(RunPaths.Manifest(path)) && !File.Exists(Path.Combine(path, Checksums.Name)))
            throw new AnalyzerException($"`{path}` is not a run: it has neither `manifest.json` nor `{Checksums.Name}`", "give the directory of a run");
        var check = new Verification(path, RunCheck.Files(path, progress, cancellation));
        check.Findings(options, experiments, progress, cancellation);
        var sums = Path.Combine(path, Checksums.Name);
        return new()
        {
            Run = path,
            Sums = File.Exists(sums) ? Checksums.OfFile(sums, cancellation: cancellation) : null,
            Quick = options.Quick,
            Unaltered = check._files.Count(f => f.Value == FileState.Unaltered),
            Files = [.. check._files.Where(f => f.Value != FileState.Unaltered).Select(f => new VerifiedFile(f.Key, f.Value))],
            Findings = check._findings,
            Notes = check._notes,
        };
    }

    private void Findings(VerifyOptions options, Func<Run, Experiments> experiments, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        var scratch = Directory.CreateTempSubdirectory("analyzer-verify-").FullName;
        try
        {
            using var run = Run.OpenApart(_path, scratch);
            foreach (var (name, json) in run.Results())
            {
                if (Read(name, json) is not { } stored) continue;
                if (Broken(stored) is { } broken) AddAll(stored, broken);
                else if (options.Quick) AddAll(stored, ByHash(stored));
                else if (stored.Findings.Count > 0) Recompute(run, stored, scratch, experiments(run), progress, cancellation);
            }
            foreach (var finding in Lost()) Add(finding, FindingState.Altered, $"the result of `{finding.Analysis}` is missing, which the report was made of", null);
            // A result that cannot be read is told already, and no report can be made of it.
            if (!_unreadable && File.Exists(Path.Combine(_path, "report.json")) && _files.GetValueOrDefault("report.json") == FileState.Unaltered && IsOutdated(run))
                _notes.Add(new(FindingState.Stands, $"`report.json` is not what this version makes of the stored results, or is older than they are; `analyzer report {_path}` writes it anew"));
        }
        catch (AnalyzerException e) when (_files.Any(f => f.Value is not (FileState.Unaltered or FileState.Unknown)))
        {
            // What is altered is told already; that the rest cannot be read is its consequence.
            _notes.Add(new(FindingState.Altered, $"findings could not be looked at: {e.Message}"));
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    // What the report says of analyses whose result was taken away.
    private IEnumerable<Finding> Lost()
    {
        if (_files.GetValueOrDefault("report.json") != FileState.Unaltered) return [];
        var lost = AllAnalyses.Names.Where(n => _files.GetValueOrDefault($"analyses/{n}/{Checksums.Name}") == FileState.Missing && !File.Exists(RunPaths.Result(_path, n))).ToArray();
        return lost.Length == 0 ? [] : (JsonNode.Parse(File.ReadAllText(Path.Combine(_path, "report.json")))?["findings"].Deserialize<Finding[]>(Report.Json) ?? []).Where(f => lost.Contains(f.Analysis));
    }

    private AnalysisResult? Read(string name, string json)
    {
        var altered = _files.GetValueOrDefault($"analyses/{name}/result.json") == FileState.Altered;
        try
        {
            if (AllAnalyses.Names.Contains(name)) return AnalysisResult.FromJson(name, json);
            _notes.Add(new(FindingState.Unchecked, $"this version knows no analysis `{name}`"));
        }
        catch (AnalyzerException e)
        {
            _unreadable = true;
            _notes.Add(new(altered ? FindingState.Altered : FindingState.Unchecked, $"the findings of `{name}` no longer stand: {e.Message}"));
        }
        return null;
    }

    // What a result rests on: the manifest, what was read of the run, and its own tables.
    private (FindingState, string)? Broken(AnalysisResult stored)
    {
        foreach (var (file, state) in _files)
        {
            if (state is FileState.Unaltered or FileState.Unknown) continue;
            var what = $"`{file}` is {state.ToString().ToLowerInvariant()}";
            if (file.StartsWith($"analyses/{stored.Analysis}/", StringComparison.Ordinal)) return (FindingState.Altered, $"{what}, which the analysis stored");
            if (file == "manifest.json" || RunCheck.IsAmong(file, stored.Reads ?? [])) return (FindingState.Altered, $"{what}, which the analysis read");
        }
        try
        {
            return stored is { Reads: { } read, ReadsSha256: { } sum } && RunCheck.SumOfRead(_path, read) is { } now && now != sum
                ? (FindingState.Altered, "the result is of other data than the run holds")
                : null;
        }
        catch (AnalyzerException e)
        {
            return (FindingState.Altered, e.Message);
        }
    }

    private (FindingState, string?) ByHash(AnalysisResult stored) =>
        stored is not { Reads: { } read, ReadsSha256: not null } || RunCheck.SumOfRead(_path, read) is null || _files.GetValueOrDefault($"analyses/{stored.Analysis}/result.json") != FileState.Unaltered
            ? (FindingState.Unchecked, "no checksums were kept of the result, or of what it rests on")
            : (FindingState.Stands, null);

    private void Recompute(Run run, AnalysisResult stored, string scratch, Experiments experiments, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        if (stored.Options is null)
        {
            AddAll(stored, (FindingState.Unchecked, "the settings were not stored with the result"));
            return;
        }
        AnalyzerException? unavailable = null;
        AnalysisResult again;
        try
        {
            again = AllAnalyses.Run(stored.Analysis, run, AnalysisOptions.From(stored.Analysis, stored.Options), new(
                (variants, samples, told, cancelled) => Tried(() => experiments.Ablate(variants, samples, told, cancelled)),
                (plan, told, cancelled) => Tried(() => experiments.TryInputs(plan, told, cancelled)), experiments.Draw), progress, cancellation);
        }
        catch (AnalyzerException e)
        {
            AddAll(stored, unavailable is null ? (FindingState.Differs, $"it cannot be measured again: {e.Message}") : (FindingState.Unchecked, $"the model was not run again: {e.Message}"));
            return;
        }
        var found = again.Findings.ToDictionary(f => f.Id);
        foreach (var finding in stored.Findings)
        {
            var recomputed = found.GetValueOrDefault(finding.Id);
            if (recomputed is not null && Json(recomputed) == Json(finding)) Add(finding, FindingState.Stands, null, recomputed.Value);
            else if (unavailable is not null) Add(finding, FindingState.Unchecked, $"the model was not run again: {unavailable.Message}", null);
            else Add(finding, FindingState.Differs, recomputed is null ? "it does not come out again" : Difference(finding, recomputed), recomputed?.Value);
        }
        foreach (var id in again.Findings.Select(f => f.Id).Except(stored.Findings.Select(f => f.Id)))
            if (unavailable is null) _notes.Add(new(FindingState.Differs, $"recomputed, `{stored.Analysis}` also finds `{id}`, which is not stored"));
        if (unavailable is null) Tables(stored, again, scratch);

        T Tried<T>(Func<T> experiment)
        {
            try
            {
                return experiment();
            }
            catch (AnalyzerException e)
            {
                unavailable = e;
                throw;
            }
        }
    }

    // Equal tables have equal bytes, as long as the same program wrote them.
    private void Tables(AnalysisResult stored, AnalysisResult again, string scratch)
    {
        if (Checksums.Read(RunPaths.Analysis(_path, stored.Analysis)) is not { } kept || Checksums.Read(RunPaths.Analysis(scratch, stored.Analysis)) is not { } now) return;
        string[] others = [.. kept.Keys.Union(now.Keys).Where(t => t != "result.json" && kept.GetValueOrDefault(t) != now.GetValueOrDefault(t)).Select(t => $"`{t}`")];
        if (others.Length == 0) return;
        var same = stored.Basis == again.Basis;
        _notes.Add(new(same ? FindingState.Differs : FindingState.Stands,
            $"recomputed, {string.Join(", ", others)} of `{stored.Analysis}` {(others.Length == 1 ? "has" : "have")} other bytes{(same ? "" : "; the result was stored by another build of this program")}"));
    }

    private bool IsOutdated(Run run) => JudgedBy.Judge(run, ReportBuilder.Build(run)).ToJson() != File.ReadAllText(Path.Combine(_path, "report.json"));

    private void AddAll(AnalysisResult stored, (FindingState State, string? Reason) of)
    {
        foreach (var finding in stored.Findings) Add(finding, of.State, of.Reason, null);
    }

    private void Add(Finding finding, FindingState state, string? reason, double? recomputed) =>
        _findings.Add(new(finding.Id, finding.Analysis, finding.Title, state, reason, finding.Value, recomputed));

    private static string Json(Finding finding) => JsonSerializer.Serialize(finding, Report.Json);

    private static string Difference(Finding stored, Finding again) =>
        stored.Value != again.Value ? string.Create(CultureInfo.InvariantCulture, $"its value is {stored.Value:r} and comes out as {again.Value:r}")
        : stored.Verdict != again.Verdict ? $"its verdict is {stored.Verdict.ToString().ToLowerInvariant()} and comes out as {again.Verdict.ToString().ToLowerInvariant()}"
        : "its value comes out again, and its interval, null, title or rule does not";
}
