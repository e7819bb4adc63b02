using System.Diagnostics;

namespace Analyzer.Cli.Tests.Delivery;

/// <summary>A scratch folder in which a guide is followed as its reader would: in a shell, with <c>analyzer</c> and <c>python3</c> on the PATH.</summary>
internal sealed class Workshop : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _bin = new();
    private readonly Dictionary<string, string> _environment = [];

    public Workshop()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the guides are written for a POSIX shell");
        Script("analyzer", $"exec '{Path.Combine(AppContext.BaseDirectory, "analyzer")}' \"$@\"");
        if (File.Exists(Python)) Script("python3", $"exec {Python} \"$@\"");
    }

    public string this[string name] => _folder[name];

    public string Root => _folder.Path;

    /// <summary>Variables of what is run.</summary>
    public IDictionary<string, string> Environment => _environment;

    /// <summary>Makes a command.</summary>
    public void Script(string name, string text)
    {
        File.WriteAllText(_bin[name], $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_bin[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Skips the test where Python lacks a module, and says which.</summary>
    public static void NeedsPython(params string[] modules)
    {
        Assert.SkipUnless(File.Exists(Python), $"there is no {Python}");
        using var check = Process.Start(new ProcessStartInfo(Python, ["-c", $"""
            import importlib.util
            print(' '.join(m for m in '{string.Join(' ', modules)}'.split() if importlib.util.find_spec(m) is None))
            """]) { RedirectStandardOutput = true, Environment = { ["PYTHONPATH"] = PythonPackages } })!;
        var missing = check.StandardOutput.ReadToEnd().Trim();
        check.WaitForExit();
        Assert.SkipWhen(missing.Length > 0, $"{Python} has no {missing}; `.ci/run` installs what Debian and the package index in reach have");
    }

    /// <summary>Saves, runs and compares each block in order.</summary>
    public void Follow(IEnumerable<GuideBlock> blocks)
    {
        foreach (var block in blocks)
        {
            if (block.File is { } file)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(this[file])!);
                File.WriteAllText(this[file], block.Text);
                continue;
            }
            var (exitCode, output, error) = block.Language switch
            {
                "bash" => Run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", block.Text),
                "python" => Run(Python, "-c", block.Text),
                "sql" => (0, Query(block.Text), ""),
                _ => throw new InvalidOperationException($"a block of `{block.Language}` under “{block.Section}” names no file, and nothing runs it"),
            };
            Assert.True(exitCode == 0, $"exit code {exitCode} of\n{block.Text}\n{output}{error}");
            if (block.Prints is { } shown) GuideBlock.AssertPrints(shown, output);
        }
    }

    /// <summary>Runs a program in the folder.</summary>
    public (int ExitCode, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{_bin.Path}{Path.PathSeparator}{start.Environment["PATH"]}";
        start.Environment["PYTHONPATH"] = PythonPackages;
        Packages.Clean(start);
        foreach (var (name, value) in _environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _bin.Dispose();
    }

    // Where `.ci/run` puts what Debian does not package.
    private static string PythonPackages => Path.Combine(Repository.Root, "artifacts", "python");

    // DuckDB itself, as any of its clients would run it in this folder.
    private string Query(string sql)
    {
        using var duckDb = new Native.DuckDbConnection();
        var here = sql.Replace("'run/", $"'{this["run"]}/", StringComparison.Ordinal);
        using var rows = duckDb.Query($"SELECT COLUMNS(*)::VARCHAR FROM ({here})");
        var lines = new List<string> { string.Join('\t', Enumerable.Range(0, rows.Columns).Select(rows.ColumnName)) };
        while (rows.Read())
            for (var r = 0; r < rows.Rows; r++)
                lines.Add(string.Join('\t', Enumerable.Range(0, rows.Columns).Select(c => rows.Text(c, r))));
        return string.Join('\n', lines);
    }
}
