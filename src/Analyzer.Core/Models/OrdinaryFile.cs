namespace Analyzer.Models;

/// <summary>Tells files that can be read by position from those that never end, or that opening waits for.</summary>
internal static class OrdinaryFile
{
    /// <summary>What is said of others.</summary>
    public const string EmptyOrPipe = "is empty, or a pipe or device";

    /// <summary>False where there is nothing in a file, and for pipes and devices, which have no length; never opens it.</summary>
    /// <param name="path">A file that is there; links are followed.</param>
    public static bool HasContent(string path)
    {
        // A link into /proc to a pipe leads to a name that is none.
        var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        return file.Exists && file.Length > 0;
    }
}
