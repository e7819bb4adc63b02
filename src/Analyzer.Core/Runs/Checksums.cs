using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Analyzer.Runs;

/// <summary>
/// <c>SHA256SUMS</c> of a folder: a line a file, as <c>sha256sum</c> writes and checks them. One lies in a run, of all that its extraction
/// stored and of its reports; one beside the result of each analysis, of its tables and the result.
/// </summary>
/// <remarks>
/// It is in place before the file that says that the work is whole (manifest, result), so that a killed writer leaves files that nobody
/// vouches for, and never a wrong sum. Whoever can write the files can write the sums: against intent the sum of the
/// <c>SHA256SUMS</c> itself must be kept somewhere else.
/// </remarks>
internal static partial class Checksums
{
    public const string Name = "SHA256SUMS";

    private const int PieceBytes = 1 << 20;

    // What an extraction stores; results and reports come later, and what else lies in the folder is not the run's.
    private static readonly string[] Extracted = ["activations", "codes", "weights", "nulls"];

    private static readonly EnumerationOptions OwnFiles = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    /// <summary>The sums of a folder by path, with slashes; null where it has none.</summary>
    /// <exception cref="AnalyzerException">A line is no sum and name, or a name leaves the folder.</exception>
    public static SortedDictionary<string, string>? Read(string folder)
    {
        var file = Path.Combine(folder, Name);
        if (!File.Exists(file)) return null;
        var sums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadAllText(file).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Line().IsMatch(line) || line[66..].Split('/').Contains("..") || !sums.TryAdd(line[66..], line[..64]))
                throw new AnalyzerException($"`{file}` holds a line that is no checksum", "extract and analyse the run again", Failure.BadInput);
        }
        return sums;
    }

    /// <summary>Writes the sums of a folder, in the order of their paths.</summary>
    public static void Write(string folder, IEnumerable<KeyValuePair<string, string>> sums) => RunPaths.WriteAtomically(Path.Combine(folder, Name),
        temporary => File.WriteAllText(temporary, string.Concat(sums.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Value}  {s.Key}\n"))));

    /// <summary>Vouches for what an extraction stored, its controls among it, and for the manifest that is about to be written.</summary>
    /// <exception cref="AnalyzerException">A file cannot be read, or the sums not be written.</exception>
    public static void OfExtraction(string run, string manifest, int threads, CancellationToken cancellation)
    {
        string[] files = [.. Extracted.Select(f => Path.Combine(run, f)).Where(Directory.Exists).SelectMany(f => Directory.EnumerateFiles(f, "*", OwnFiles))
            .Where(f => f.EndsWith(".parquet", StringComparison.Ordinal) || Path.GetFileName(f) == "manifest.json"), RunPaths.Samples(run), RunPaths.Taps(run)];
        var sums = new string[files.Length];
        try
        {
            Parallel.For(0, files.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, f => sums[f] = OfFile(files[f], cancellation: cancellation));
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<Exception>().FirstOrDefault(i => i is IOException or UnauthorizedAccessException) is { } unreadable)
        {
            throw new AnalyzerException($"could not read what was stored in `{run}` again: {unreadable.Message}", "look after the disk; then the same command goes on, with `--resume`", Failure.Resource, e);
        }
        Write(run, files.Zip(sums, (file, sum) => KeyValuePair.Create(RunPaths.Relative(run, file), sum)).Append(new("manifest.json", OfText(manifest))));
    }

    /// <summary>Of a file's bytes: 64 lower-case hexadecimal digits. Streams.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Told the bytes of each piece, if anybody is.</param>
    /// <param name="cancellation">Checked at every piece of a MiB.</param>
    public static string OfFile(string file, Action<long>? read = null, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        var piece = new byte[(int)Math.Clamp(stream.Length, 1, PieceBytes)];
        for (int count; (count = stream.Read(piece)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(piece, 0, count);
            read?.Invoke(count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Of a text as it is written: UTF-8 without a mark.</summary>
    public static string OfText(string text) => OfBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Of bytes.</summary>
    public static string OfBytes(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    [GeneratedRegex(@"^[0-9a-f]{64}  [^/\\\0\r][^\\\0\r]*\z")] private static partial Regex Line();
}
