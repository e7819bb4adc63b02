namespace Analyzer.Tests;

/// <summary>Where the sources lie, found upwards from the test program.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Analyzer.sln"))) return folder.FullName;
        throw new InvalidOperationException($"`Analyzer.sln` lies nowhere above `{AppContext.BaseDirectory}`");
    }
}
