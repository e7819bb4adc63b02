using Analyzer.Reports;
using System.Diagnostics;
using System.Globalization;

namespace Analyzer.Cli;

/// <summary>Shows steps on standard error: a line redrawn with bar, rate and time left on a terminal, else a plain line now and then.</summary>
internal sealed class ProgressPrinter(Terminal terminal) : IProgress<ProgressUpdate>, IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100), PlainLine = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private string? _step;
    private long _started, _shown;
    private long _firstDone;

    public void Report(ProgressUpdate update)
    {
        lock (_lock)
        {
            var now = Stopwatch.GetTimestamp();
            if (update.Step != _step)
            {
                EndLine();
                (_step, _started, _shown, _firstDone) = (update.Step, now, 0, update.Done);
            }
            var finished = update.Done >= update.Total;
            var pause = terminal.Interactive ? Redraw : PlainLine;
            if (!finished && Stopwatch.GetElapsedTime(_shown == 0 && !terminal.Interactive ? _started : _shown, now) < pause) return;
            _shown = now;
            var line = Line(update, Stopwatch.GetElapsedTime(_started, now));
            if (terminal.Interactive) terminal.ErrorWriter.Write($"\r\u001b[2K{Text.Line(line)}");
            else terminal.Say(line);
            if (!finished) return;
            if (terminal.Interactive) terminal.Say("");
            _step = null;
        }
    }

    public void Dispose()
    {
        lock (_lock) EndLine();
    }

    private void EndLine()
    {
        if (_step is not null && terminal.Interactive && _shown != 0) terminal.Say("");
        _step = null;
    }

    private string Line(ProgressUpdate update, TimeSpan elapsed)
    {
        var share = update.Total == 0 ? 1 : (double)update.Done / update.Total;
        var rate = elapsed.TotalSeconds > 0 ? (update.Done - _firstDone) / elapsed.TotalSeconds : 0;
        var head = string.Create(CultureInfo.InvariantCulture, $"{update.Step,-40} ");
        var bar = terminal.Interactive ? $"{new string('━', (int)(share * 20)).PadRight(20, '·')} " : "";
        var ending = update.Done >= update.Total
            ? string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:0.0} s")
            : rate > 0 ? string.Create(CultureInfo.InvariantCulture, $"{(update.Total - update.Done) / rate:0} s left") : "";
        // A share of work has no rate worth reading; samples have.
        var speed = update.Unit == "%" || rate <= 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{rate:#,0} {update.Unit}/s  ");
        var tail = string.Create(CultureInfo.InvariantCulture, $"{share,4:0%}  {speed}{ending}");
        if (!terminal.Interactive) return head + tail;
        // A line that reaches the last column wraps, and then redrawing makes a new one: first the bar goes, then what the step is called.
        var room = Math.Max(0, terminal.ErrorWidth - 1);
        if (head.Length + bar.Length + tail.Length <= room) return head + bar + tail;
        if (head.Length + tail.Length > room) head = $"{head[..Math.Clamp(room - tail.Length - 1, 0, head.Length)]} ";
        var line = head + tail;
        return line.Length <= room ? line : line[..room];
    }
}
