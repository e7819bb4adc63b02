using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Analyzer.Inference;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests;

/// <summary>An audit of a small model, made once; each test spoils a copy.</summary>
public sealed class AuditedRun : IDisposable
{
    private readonly DataFolder _folder = new();

    public AuditedRun()
    {
        const int samples = 400;
        var random = new Statistics.SeededRandom(1);
        var values = new float[samples * 784];
        foreach (ref var value in values.AsSpan()) value = (float)random.NextDouble();
        _folder.Write("noise/test_inputs.npy", Npy("<f4", [samples, 784], MemoryMarshal.AsBytes<float>(values).ToArray()));
        _folder.Write("noise/test_labels.npy", Npy("<i8", [samples], MemoryMarshal.AsBytes<long>(Enumerable.Range(0, samples).Select(i => (long)(i % 10)).ToArray()).ToArray()));
        File.Copy(Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx"), Model);
        Pipeline.Audit(new() { Model = Model, Data = _folder.At("noise"), Out = _folder.At("run"), Execution = new() { Device = Device.Cpu }, CommandLine = "analyzer audit" },
            new() { Redundancy = new() { Draws = 5 }, SelfSimilarity = new() { Bootstrap = 100 } });
    }

    public string Model => _folder.At("model.onnx");

    public string Copy(string name)
    {
        foreach (var file in Directory.EnumerateFiles(_folder.At("run"), "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(_folder.At(name), Path.GetRelativePath(_folder.At("run"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to, overwrite: true);
        }
        return _folder.At(name);
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>Whatever is changed in a run is named, with the findings that rest on it and no others.</summary>
public sealed class VerificationTests(AuditedRun audited) : IClassFixture<AuditedRun>
{
    private static readonly string[] ReadMeans = ["discriminate", "redundancy", "selfsimilarity"], Measured = ["codes", "discriminate", "labels", "preprocessing", "redundancy", "selfsimilarity"];

    [Fact]
    public void A_run_as_it_was_stored_stands_to_the_bit_and_is_left_as_it_is()
    {
        var run = audited.Copy("sound");
        var before = Contents(run);
        var report = Verify(run, quick: false);
        Assert.Equal((0, 0, 0), (report.ExitCode, report.Files.Count, report.Notes.Count));
        Assert.Equal(Measured, report.Findings.Select(f => f.Analysis).Distinct().Order(StringComparer.Ordinal));
        Assert.All(report.Findings, f => Assert.Equal((FindingState.Stands, null, f.Value), (f.State, f.Reason, f.Recomputed)));
        Assert.Equal(before, Contents(run));
        // Everything but the lock and the sums of the run itself is vouched for.
        Assert.Equal(before.Keys.Count(f => f is not (".lock" or "SHA256SUMS")), report.Unaltered);
    }

    [Theory]
    [InlineData("activations/tap=t0001/part-00000.parquet"), InlineData("codes/tap=t0000/part-00000.parquet"), InlineData("nulls/random-inputs/codes/tap=t0000/part-00000.parquet"),
     InlineData("weights/weight=w0001/part-00000.parquet"), InlineData("analyses/codes/samples.parquet"), InlineData("taps.parquet"), InlineData("report.md"), InlineData("samples.parquet"), InlineData("nulls/untrained/manifest.json")]
    public void A_flipped_bit_names_the_file_and_the_findings_of_the_analyses_that_read_it_and_no_others(string file)
    {
        var run = audited.Copy("flipped-" + file.Replace('/', '-'));
        Flip(Path.Combine(run, file));
        string[] shaken = file switch
        {
            "activations/tap=t0001/part-00000.parquet" => ReadMeans,
            "weights/weight=w0001/part-00000.parquet" => ["redundancy"],
            "taps.parquet" or "report.md" => [],
            "codes/tap=t0000/part-00000.parquet" => ["codes", "labels"],
            "samples.parquet" => ["codes", "discriminate", "labels", "redundancy", "selfsimilarity"],
            "nulls/untrained/manifest.json" => ["codes", "discriminate", "redundancy", "selfsimilarity"],
            _ => ["codes"],
        };
        foreach (var quick in new[] { true, false })
        {
            var report = Verify(run, quick);
            Assert.Equal(1, report.ExitCode);
            Assert.Equal(new VerifiedFile(file, FileState.Altered), Assert.Single(report.Files));
            Assert.Equal(shaken, report.Findings.Where(f => f.State == FindingState.Altered).Select(f => f.Analysis).Distinct().Order(StringComparer.Ordinal));
            Assert.All(report.Findings, f => Assert.Equal(shaken.Contains(f.Analysis) ? FindingState.Altered : FindingState.Stands, f.State));
            Assert.All(report.Findings.Where(f => f.State == FindingState.Altered), f => Assert.StartsWith($"`{file}` is altered, which the analysis ", f.Reason, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_cannot_be_read_again_gets_no_checksum_and_a_sentence()
    {
        var run = audited.Copy("unreadable");
        File.Delete(Path.Combine(run, "samples.parquet"));
        File.Delete(Path.Combine(run, "SHA256SUMS"));
        var error = Assert.Throws<AnalyzerException>(() => Checksums.OfExtraction(run, "", threads: 2, TestContext.Current.CancellationToken));
        Assert.Equal(Failure.Resource, error.Kind);
        Assert.StartsWith($"could not read what was stored in `{run}` again: ", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, "SHA256SUMS")));
    }

    [Fact]
    public void Whichever_bit_of_a_run_is_flipped_its_file_is_named()
    {
        var run = audited.Copy("any");
        string[] files = [.. Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != ".lock").Order(StringComparer.Ordinal)];
        var random = new Random(11);
        for (var t = 0; t < 150; t++)
        {
            // Results more often than the rest: they are read, and may read as something else.
            var file = t % 3 == 0 ? files.Where(f => f.EndsWith("result.json", StringComparison.Ordinal)).ElementAt(random.Next(6)) : files[random.Next(files.Length)];
            var bytes = File.ReadAllBytes(file);
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            var sound = File.ReadAllBytes(file);
            File.WriteAllBytes(file, bytes);
            var report = Verify(run);
            Assert.Equal(1, report.ExitCode);
            // A flipped sum or name in SHA256SUMS names the file that it spoke of, or itself.
            var name = Path.GetRelativePath(run, file);
            var folder = Path.GetDirectoryName(name)!;
            Assert.True(report.Files.Any(f => f.Path == name) || (Path.GetFileName(name) == "SHA256SUMS" && report.Files.Any(f => f.Path.StartsWith(folder, StringComparison.Ordinal))), $"{name}: {report.ToJson()}");
            File.WriteAllBytes(file, sound);
        }
        Assert.Equal(0, Verify(run).ExitCode);
    }

    [Fact]
    public void A_result_that_reads_as_something_else_is_damaged()
    {
        string[] wrong = ["null", "[]", "{}", """{"analysis":"codes","findings":null,"report":{},"notes":[]}""", """{"analysis":"codes","findings":[null],"report":{},"notes":[]}""",
            """{"analysis":"codes","findings":[{"id":"x"}],"report":{},"notes":[]}""", """{"analysis":"codex","findings":[],"report":{},"notes":[]}""", """{"analysis":"codes","findings":[],"report":{}}"""];
        foreach (var json in wrong)
            Assert.StartsWith("the stored result of `codes` is damaged: ", Assert.Throws<AnalyzerException>(() => Analyzer.Analyses.AnalysisResult.FromJson("codes", json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_strange_files_are_named()
    {
        var run = audited.Copy("strange");
        File.Delete(Path.Combine(run, "codes/tap=t0000/part-00000.parquet"));
        File.Copy(Path.Combine(run, "activations/tap=t0001/part-00000.parquet"), Path.Combine(run, "activations/tap=t0001/part-00001.parquet"));
        File.WriteAllText(Path.Combine(run, "notes.txt"), "of somebody");
        File.WriteAllText(Path.Combine(run, "analyses/codes/more.parquet"), "");
        var report = Verify(run);
        Assert.Equal(
            [("activations/tap=t0001/part-00001.parquet", FileState.Unexpected), ("analyses/codes/more.parquet", FileState.Unexpected), ("codes/tap=t0000/part-00000.parquet", FileState.Missing), ("notes.txt", FileState.Unexpected)],
            report.Files.Select(f => (f.Path, f.State)));
        // A strange part is read with the others.
        Assert.Equal(Measured.Except(["preprocessing"]), report.Findings.Where(f => f.State == FindingState.Altered).Select(f => f.Analysis).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void A_result_that_was_taken_away_is_missed_and_so_are_its_findings(bool quick)
    {
        var run = audited.Copy($"robbed-{quick}");
        Directory.Delete(Path.Combine(run, "analyses/preprocessing"), recursive: true);
        var report = Verify(run, quick);
        Assert.Equal(1, report.ExitCode);
        Assert.Equal(new VerifiedFile("analyses/preprocessing/SHA256SUMS", FileState.Missing), Assert.Single(report.Files));
        var lost = Assert.Single(report.Findings, f => f.State != FindingState.Stands);
        Assert.Equal(("preprocessing.input", FindingState.Altered, "the result of `preprocessing` is missing, which the report was made of"), (lost.Id, lost.State, lost.Reason));
    }

    [Fact]
    public void Folders_that_are_links_are_not_written_through()
    {
        var (run, elsewhere) = (audited.Copy("linked"), audited.Copy("elsewhere"));
        Directory.Delete(Path.Combine(run, "analyses/codes"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(run, "analyses/codes"), Path.Combine(elsewhere, "analyses/codes"));
        var before = Contents(elsewhere);
        Assert.EndsWith("is a link, and what it leads to would be written over", Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(run, "codes", new())).Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents(elsewhere));
        // A link under the temporary name of a file is replaced, not followed.
        var (plain, target) = (audited.Copy("plain"), Path.Combine(elsewhere, "mine.txt"));
        File.WriteAllText(target, "mine");
        File.CreateSymbolicLink(Path.Combine(plain, "report.json.analyzer-unfinished"), target);
        Pipeline.Report(plain);
        Assert.Equal("mine", File.ReadAllText(target));
        Assert.Null(new FileInfo(Path.Combine(plain, "report.json")).LinkTarget);
    }

    [Fact]
    public void A_record_that_reads_as_something_else_is_damaged_to_whoever_shows_it()
    {
        var run = audited.Copy("record");
        Rewrite(run, "codes", result => result["report"]!["network"] = "none");
        Assert.StartsWith("the stored record of `codes` is damaged: ", Assert.Throws<AnalyzerException>(() => Pipeline.Report(run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_killed_writer_left_is_unknown_and_not_altered()
    {
        // Killed between the sums of an analysis and its result, after its tables and before their sums, and between two report files.
        foreach (var (name, gone, unknown) in new (string, string[], string[])[]
        {
            ("result", ["analyses/codes/result.json"], ["analyses/codes/redundancy.parquet", "analyses/codes/result.json", "analyses/codes/samples.parquet"]),
            ("tables", ["analyses/codes/result.json", "analyses/codes/SHA256SUMS"], ["analyses/codes/redundancy.parquet", "analyses/codes/samples.parquet"]),
            ("sums", ["analyses/codes/SHA256SUMS"], ["analyses/codes/redundancy.parquet", "analyses/codes/result.json", "analyses/codes/samples.parquet"]),
        })
        {
            var run = audited.Copy("killed-" + name);
            // Before it touches a result, a writer takes away what the run's sums say of it.
            SumsOfRun(run, l => l.EndsWith("analyses/codes/SHA256SUMS", StringComparison.Ordinal) ? null : l);
            foreach (var file in gone) File.Delete(Path.Combine(run, file));
            File.WriteAllText(Path.Combine(run, "report.html.analyzer-unfinished"), "<");
            var report = Verify(run);
            Assert.Equal(4, report.ExitCode);
            Assert.Equal(unknown, report.Files.Select(f => f.Path));
            Assert.All(report.Files, f => Assert.Equal(FileState.Unknown, f.State));
            Assert.All(report.Findings, f => Assert.Equal(f.Analysis == "codes" ? FindingState.Unchecked : FindingState.Stands, f.State));
        }
        var reports = audited.Copy("killed-reports");
        SumsOfRun(reports, l => l.EndsWith("report.html", StringComparison.Ordinal) ? null : l);
        Assert.Equal((4, new VerifiedFile("report.html", FileState.Unknown)), (Verify(reports).ExitCode, Verify(reports).Files.Single()));
    }

    [Fact]
    public void A_value_that_was_changed_with_its_checksum_does_not_come_out_again()
    {
        var run = audited.Copy("forged");
        Rewrite(run, "codes", result => result["findings"]!.AsArray().First(f => (string)f!["id"]! == "codes.network.knearest")!["value"] = .99);
        Assert.Equal(0, Verify(run).ExitCode);
        var report = Verify(run, quick: false);
        Assert.Equal(1, report.ExitCode);
        var finding = Assert.Single(report.Findings, f => f.State != FindingState.Stands);
        Assert.Equal(("codes.network.knearest", FindingState.Differs, .99), (finding.Id, finding.State, finding.Value));
        Assert.StartsWith("its value is 0.99 and comes out as 0.", finding.Reason, StringComparison.Ordinal);
        Assert.Contains(report.Notes, n => n.Text.StartsWith("`report.json` is not what this version makes of the stored results", StringComparison.Ordinal));
    }

    [Fact]
    public void A_result_of_other_data_and_one_that_cannot_be_read_are_told()
    {
        var run = audited.Copy("mixed");
        Rewrite(run, "codes", result => result["readsSha256"] = new string('0', 64));
        File.WriteAllText(Path.Combine(run, "analyses/redundancy/result.json"), "{");
        var report = Verify(run);
        Assert.All(report.Findings.Where(f => f.Analysis == "codes"), f => Assert.Equal((FindingState.Altered, "the result is of other data than the run holds"), (f.State, f.Reason)));
        Assert.StartsWith("the findings of `redundancy` no longer stand: ", Assert.Single(report.Notes).Text, StringComparison.Ordinal);
        Assert.Equal(new VerifiedFile("analyses/redundancy/result.json", FileState.Altered), Assert.Single(report.Files));
    }

    [Fact]
    public void Without_its_model_an_experiment_is_not_repeated_and_the_rest_is()
    {
        var run = audited.Copy("moved");
        var away = audited.Model + ".away";
        File.Move(audited.Model, away);
        try
        {
            var report = Verify(run, quick: false);
            Assert.Equal(4, report.ExitCode);
            Assert.All(report.Findings, f => Assert.Equal(f.Analysis == "preprocessing" ? FindingState.Unchecked : FindingState.Stands, f.State));
            Assert.Contains(audited.Model, report.Findings.Single(f => f.State == FindingState.Unchecked).Reason!, StringComparison.Ordinal);
        }
        finally
        {
            File.Move(away, audited.Model);
        }
    }

    [Fact]
    public void Measured_again_under_other_options_a_result_has_sums_and_settings_of_its_own_and_old_tables_go()
    {
        var run = audited.Copy("again");
        File.WriteAllText(Path.Combine(run, "analyses/codes/older.parquet"), "of an older version");
        Pipeline.Analyze(run, "codes", new() { Seed = 5, Codes = new() { Draws = 3, Neighbours = 3 } }, cancellation: TestContext.Current.CancellationToken);
        var report = Verify(run, quick: false);
        Assert.Equal(0, report.ExitCode);
        Assert.All(report.Findings, f => Assert.Equal(FindingState.Stands, f.State));
        Pipeline.Report(run);
        Assert.Empty(Verify(run).Notes);
    }

    [Fact]
    public void A_run_of_an_earlier_version_cannot_be_checked_by_sums_and_its_findings_can()
    {
        var run = audited.Copy("older");
        foreach (var sums in Directory.GetFiles(run, "SHA256SUMS", SearchOption.AllDirectories)) File.Delete(sums);
        Assert.All(Verify(run).Findings, f => Assert.Equal(FindingState.Unchecked, f.State));
        var report = Verify(run, quick: false);
        Assert.Equal((4, (string?)null, 0), (report.ExitCode, report.Sums, report.Unaltered));
        Assert.All(report.Findings, f => Assert.Equal(FindingState.Stands, f.State));
        Assert.All(report.Files, f => Assert.Equal(FileState.Unknown, f.State));
    }

    [Fact]
    public void What_cannot_be_sums_is_told_and_what_is_no_run_is_refused()
    {
        var run = audited.Copy("unreadable");
        File.AppendAllText(Path.Combine(run, "SHA256SUMS"), $"{new string('a', 64)}  ../outside\n");
        var report = Verify(run);
        Assert.Equal(1, report.ExitCode);
        Assert.Contains(new VerifiedFile("SHA256SUMS", FileState.Altered), report.Files);
        Assert.DoesNotContain(report.Files, f => f.Path.Contains("outside", StringComparison.Ordinal));
        Assert.Contains("is not a run", Assert.Throws<AnalyzerException>(() => Verify(Path.GetTempPath())).Message, StringComparison.Ordinal);
    }

    private static VerifyReport Verify(string run, bool quick = true) => Pipeline.Verify(run, new() { Quick = quick }, cancellation: TestContext.Current.CancellationToken);

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        // Of the manifest a digit of a hash, so that it still reads.
        bytes[file.EndsWith(".json", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetString(bytes).IndexOf("\"sha256\": \"", StringComparison.Ordinal) + 12 : bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static void Rewrite(string run, string analysis, Action<JsonNode> change)
    {
        var (file, sums) = (Path.Combine(run, $"analyses/{analysis}/result.json"), Path.Combine(run, $"analyses/{analysis}/SHA256SUMS"));
        var result = JsonNode.Parse(File.ReadAllText(file))!;
        change(result);
        File.WriteAllText(file, result.ToJsonString());
        File.WriteAllLines(sums, File.ReadAllLines(sums).Select(l => l.EndsWith("result.json", StringComparison.Ordinal) ? $"{Sum(file)}  result.json" : l));
        SumsOfRun(run, l => l.EndsWith($"analyses/{analysis}/SHA256SUMS", StringComparison.Ordinal) ? $"{Sum(sums)}  analyses/{analysis}/SHA256SUMS" : l);
    }

    private static void SumsOfRun(string run, Func<string, string?> change)
    {
        var sums = Path.Combine(run, "SHA256SUMS");
        File.WriteAllLines(sums, File.ReadAllLines(sums).Select(change).OfType<string>());
    }

    private static SortedDictionary<string, string> Contents(string run) =>
        new(Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(run, f), Sum), StringComparer.Ordinal);

    private static string Sum(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
