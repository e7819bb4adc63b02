using System.Runtime.InteropServices;
using Analyzer.Cli;

using var interrupted = new CancellationTokenSource();
using var sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

return CommandLine.Run(args, Terminal.OfProcess(), interrupted.Token);

// The first signal lets the step at hand end tidily; a second one finds the default handling and kills.
void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
