namespace Analyzer.Runs;

/// <summary>
/// One writer at a time: held while something writes into a directory, and let go of by a process that is killed, too. What an earlier
/// writer left under temporary names is cleared away when it is taken.
/// </summary>
/// <remarks>
/// An advisory lock of the file system on <c>.lock</c>; a network file system that knows no such locks lets two writers pass. The file
/// stays: were it removed, a writer that had just opened it would hold a lock that nobody else meets.
/// </remarks>
internal sealed class WriterLock : IDisposable
{
    // How Unix and Windows say that somebody else holds it.
    private static readonly int WouldBlock = OperatingSystem.IsMacOS() ? 35 : 11;
    private const int SharingViolation = unchecked((int)0x80070020);

    // A link within the folder leads to what is somebody else's.
    private static readonly EnumerationOptions OwnFiles = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    private readonly FileStream _file;

    private WriterLock(FileStream file) => _file = file;

    /// <summary>Takes a directory, which is made where it is missing.</summary>
    /// <exception cref="AnalyzerException">Another process writes there, the directory cannot be written, or a folder in it is a link to elsewhere.</exception>
    public static WriterLock Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var writer = new WriterLock(new(RunPaths.Lock(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            try
            {
                if (RunPaths.Rewritten(folder).FirstOrDefault(f => new DirectoryInfo(f).LinkTarget is not null) is { } link)
                    throw new AnalyzerException($"`{link}` is a link, and what it leads to would be written over", "put a folder of its own there", Failure.BadInput);
                foreach (var stale in Directory.EnumerateFiles(folder, "*" + RunPaths.Unfinished, OwnFiles)) File.Delete(stale);
                return writer;
            }
            catch
            {
                writer.Dispose();
                throw;
            }
        }
        catch (IOException e) when (e.HResult == WouldBlock || e.HResult == SharingViolation)
        {
            throw new AnalyzerException($"`{folder}` is being written by another process", "wait for it to end, or give another directory", Failure.Usage, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AnalyzerException($"`{folder}` cannot be written: {e.Message}", "give a directory that you may write, with room", Failure.Usage, e);
        }
    }

    /// <summary>Lets the next writer in.</summary>
    public void Dispose() => _file.Dispose();
}
