namespace Analyzer.Tests.Models;

/// <summary>Models made by other people, which the project may not carry: tests that want them skip, saying so, where they are
/// not.</summary>
internal static class ThirdPartyModels
{
    public const string Variable = "ANALYZER_THIRD_PARTY_MODELS";

    public static string Directory()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given) return given;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "shared", "models");
            if (System.IO.Directory.Exists(models)) return models;
        }

        Assert.Skip($"no folder shared/models above {AppContext.BaseDirectory}; set {Variable} to one that has the third-party models");
        return "";
    }

    public static string Find(string file)
    {
        var path = Path.Combine(Directory(), file);
        Assert.SkipUnless(File.Exists(path), $"third-party model {path} is not there");
        return path;
    }
}
