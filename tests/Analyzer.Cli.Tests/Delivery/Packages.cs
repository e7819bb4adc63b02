using System.Diagnostics;

namespace Analyzer.Cli.Tests.Delivery;

/// <summary>The packages as <c>dotnet pack</c> makes them of what is tested, in a folder; made once for the tests that take them.</summary>
public sealed class Packages : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _restored = new();

    public Packages()
    {
        // The first builds what is not up to date, and the others are what it is built of.
        Dotnet(Repository.Root, "pack", Project("Cli"), "-c", Configuration, "-o", Folder);
        foreach (var library in new[] { "Statistics", "Native", "Core" })
            Dotnet(Repository.Root, "pack", Project(library), "-c", Configuration, "-o", Folder, "--no-build");
    }

    /// <summary>Where they are.</summary>
    public string Folder => _folder.Path;

    /// <summary>Debug or Release, as this test is.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Name.StartsWith("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";

    public static string Project(string name) => Path.Combine(Repository.Root, "src", $"Analyzer.{name}");

    /// <summary>What lets a program restore them without leaving a copy among the user's own packages, where the next ones of the same version would not be seen.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["NUGET_PACKAGES"] = _restored.Path,
        ["RestoreFallbackFolders"] = System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
    };

    /// <summary>Runs dotnet and expects it to end well.</summary>
    public static string Dotnet(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        Clean(start);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{output}{error.Result}");
        return output;
    }

    /// <summary>Takes away what `dotnet test` tells its children, and lets no server of a build outlive it.</summary>
    public static void Clean(ProcessStartInfo start)
    {
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        (start.Environment["MSBUILDDISABLENODEREUSE"], start.Environment["UseSharedCompilation"]) = ("1", "false");
    }

    public void Dispose()
    {
        _folder.Dispose();
        _restored.Dispose();
    }
}

/// <summary>Tests that build: one after the other, for they build in one place.</summary>
[CollectionDefinition(nameof(Delivered))]
public sealed class Delivered : ICollectionFixture<Packages>;
