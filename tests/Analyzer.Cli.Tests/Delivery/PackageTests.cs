using System.IO.Compression;
using System.Xml.Linq;

namespace Analyzer.Cli.Tests.Delivery;

/// <summary>What lies in the packages, and whether what is installed from them runs.</summary>
[Collection(nameof(Delivered))]
public sealed class PackageTests(Packages packages)
{
    // What nuget.org takes at most.
    private const long MostBytes = 250L << 20;

    [Theory]
    [InlineData("Analyzer.Cli", "tools/net10.0/any/analyzer.dll", "tools/net10.0/any/data/mnist/train-images-idx3-ubyte", "tools/net10.0/any/models/mnist-mlp-w100.onnx")]
    [InlineData("Analyzer.Core", "lib/net10.0/Analyzer.Core.dll", "lib/net10.0/Analyzer.Core.xml")]
    [InlineData("Analyzer.Statistics", "lib/net10.0/Analyzer.Statistics.dll", "lib/net10.0/Analyzer.Statistics.xml")]
    [InlineData("Analyzer.Native", "lib/net10.0/Analyzer.Native.dll", "lib/net10.0/Analyzer.Native.xml", "notices/onnxruntime/LICENSE", "notices/onnxruntime/ThirdPartyNotices.txt", "notices/duckdb/LICENSE")]
    public void A_package_has_its_files_symbols_and_a_readme_and_is_not_too_large(string id, params string[] files)
    {
        var path = Assert.Single(Directory.GetFiles(packages.Folder, $"{id}.*.nupkg"));
        Assert.InRange(new FileInfo(path).Length, 1, MostBytes);
        using var package = ZipFile.OpenRead(path);
        Assert.Empty(files.Append("README.md").Except(package.Entries.Select(e => e.FullName)));
        using var symbols = ZipFile.OpenRead(Path.ChangeExtension(path, ".snupkg"));
        Assert.Contains(symbols.Entries, e => e.FullName.EndsWith(id == "Analyzer.Cli" ? "/analyzer.pdb" : $"/{id}.pdb", StringComparison.Ordinal));

        using var nuspec = package.GetEntry($"{id}.nuspec")!.Open();
        var metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        Assert.NotEqual("Package Description", metadata.Elements().Single(e => e.Name.LocalName == "description").Value);
        Assert.Equal("README.md", metadata.Elements().Single(e => e.Name.LocalName == "readme").Value);
    }

    [Fact]
    public void Natives_lie_where_nuget_looks_for_them()
    {
        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(packages.Folder, "Analyzer.Native.*.nupkg")));
        var natives = package.Entries.Where(e => e.FullName.StartsWith("runtimes/", StringComparison.Ordinal)).Select(e => e.FullName);
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "names of natives are those of linux-x64 here");
        Assert.Equal(["runtimes/linux-x64/native/libduckdb.so", "runtimes/linux-x64/native/libonnxruntime.so", "runtimes/linux-x64/native/libonnxruntime_providers_shared.so"], natives.Order());
    }

    [Fact]
    public void The_tool_is_installed_from_a_folder_and_runs_on_what_it_brings()
    {
        using var workshop = new Workshop();
        Install(workshop, workshop["tool"]);
        var program = workshop["tool/analyzer"];
        Assert.Equal(0, workshop.Run(program, "inspect", Repository.Model("mnist-mlp-w010.onnx")).ExitCode);
        // The demo itself takes a minute and is tested elsewhere; this is its first step, on the same files.
        var brought = Path.GetDirectoryName(Assert.Single(Directory.GetFiles(workshop["tool"], "analyzer.dll", SearchOption.AllDirectories)))!;
        var audit = workshop.Run(program, "audit", Path.Combine(brought, "models", "mnist-mlp-w040.onnx"), "--data", Path.Combine(brought, "data", "mnist"), "--limit", "300", "--out", "run");
        Assert.True(audit.ExitCode == 0, audit.Output + audit.Error);
        Assert.Contains("gates (default): ", audit.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_is_called_as_the_guide_says()
    {
        using var workshop = new Workshop();
        GuideTests.Digits(workshop, "mnist-mlp-w040.onnx", train: 600, test: 300);
        Give(workshop);
        workshop.Follow(GuideTests.Blocks("library"));
    }

    [Theory]
    [InlineData("0.90", 0)]
    [InlineData("0.999", 1)]
    public void The_workflow_runs_and_ends_as_the_gates_do(string accuracy, int exitCode)
    {
        using var workshop = new Workshop();
        GuideTests.Digits(workshop, "mnist-mlp-w040.onnx", train: 600, test: 300);
        // A training that is done at once: what it would leave behind is there.
        File.WriteAllText(workshop["train.py"], "import os\nassert os.path.exists('data')\nos.rename('model.onnx.done', 'model.onnx')\n");
        File.Move(workshop["model.onnx"], workshop["model.onnx.done"]);
        File.WriteAllText(workshop["gates.yaml"], $"gates: [ {{ name: accuracy, field: accuracy.test.accuracy, min: {accuracy} }} ]");
        Give(workshop);

        var workflow = Workflow.Parse(Guide.Named("workflow").Text);
        Assert.Equal(exitCode, workflow.Run(workshop));
        Assert.Equal(["actions/checkout@v4", "actions/setup-dotnet@v4", "actions/upload-artifact@v4", "github/codeql-action/upload-sarif@v3"], workflow.Steps.Select(s => s.Uses).OfType<string>().Order());
        // What the last steps upload, whatever came out.
        Assert.All(workflow.Uploaded.Append("run/report.sarif"), file => Assert.True(file == "run/gates.json" || File.Exists(workshop[file]), $"there is no `{file}` to upload"));
        Assert.Equal(File.ReadAllText(workshop["run/report.md"]), File.ReadAllText(workshop["summary.md"]));
    }

    private void Give(Workshop workshop)
    {
        Directory.CreateDirectory(workshop["packages"]);
        foreach (var file in Directory.GetFiles(packages.Folder, "*.nupkg")) File.Copy(file, Path.Combine(workshop["packages"], Path.GetFileName(file)));
        foreach (var (name, value) in packages.Environment) workshop.Environment[name] = value;
    }

    private void Install(Workshop workshop, string folder)
    {
        Give(workshop);
        var (exitCode, output, error) = workshop.Run("dotnet", "tool", "install", "Analyzer.Cli", "--tool-path", folder, "--add-source", "packages");
        Assert.True(exitCode == 0, output + error);
    }
}
