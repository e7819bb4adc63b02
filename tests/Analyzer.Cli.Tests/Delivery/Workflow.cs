using YamlDotNet.RepresentationModel;

namespace Analyzer.Cli.Tests.Delivery;

/// <summary>As much of a GitHub Actions workflow as its <c>run</c> steps need to be run here.</summary>
/// <param name="Steps">Those of its only job.</param>
internal sealed record Workflow(IReadOnlyList<Workflow.Step> Steps)
{
    /// <summary>A step: a script, or an action that is not run here.</summary>
    internal sealed record Step(string Name, string? Run, string? Uses, bool Always, IReadOnlyDictionary<string, string> With);

    /// <summary>The files that its steps keep.</summary>
    public IEnumerable<string> Uploaded => Steps.Where(s => s.Uses?.StartsWith("actions/upload-artifact", StringComparison.Ordinal) == true).SelectMany(s => s.With["path"].Split('\n', StringSplitOptions.RemoveEmptyEntries));

    public static Workflow Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        var root = (YamlMappingNode)stream.Documents.Single().RootNode;
        var job = (YamlMappingNode)((YamlMappingNode)root["jobs"]).Children.Single().Value;
        return new([.. ((YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>().Select(ReadStep)]);
    }

    /// <summary>Runs the scripts in order as GitHub's runner does: after a failure only those with <c>if: always()</c>. Returns the first exit code that is not 0, else 0.</summary>
    public int Run(Workshop workshop)
    {
        workshop.Environment["RUNNER_TEMP"] = workshop["temp"];
        workshop.Environment["GITHUB_PATH"] = workshop["path"];
        workshop.Environment["GITHUB_STEP_SUMMARY"] = workshop["summary.md"];
        Directory.CreateDirectory(workshop["temp"]);
        // The tool is to come from its package.
        workshop.Script("analyzer", "echo 'not the installed one' >&2; exit 99");
        var failed = 0;
        foreach (var step in Steps.Where(s => s.Run is not null && (failed == 0 || s.Always)))
        {
            var added = File.Exists(workshop["path"]) ? string.Concat(File.ReadAllLines(workshop["path"]).Select(line => $"{line}:")) : "";
            var (exitCode, output, error) = workshop.Run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", $"PATH=\"{added}$PATH\"\n{step.Run}");
            Assert.True(exitCode == 0 || step.Name == "Audit", $"{step.Name}: exit code {exitCode}\n{output}{error}");
            if (failed == 0) failed = exitCode;
        }
        return failed;
    }

    private static Step ReadStep(YamlMappingNode step)
    {
        string? Text(string key) => step.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;
        foreach (var key in step.Children.Keys.Select(k => k.ToString()))
            Assert.Contains(key, (string[])["name", "if", "run", "uses", "with"]);
        Assert.Contains(Text("if"), (string?[])[null, "always()"]);
        var with = step.Children.TryGetValue("with", out var given) ? ((YamlMappingNode)given).Children.ToDictionary(p => p.Key.ToString(), p => p.Value.ToString()) : [];
        return new(Text("name") ?? "", Text("run"), Text("uses"), Text("if") is not null, with);
    }
}
