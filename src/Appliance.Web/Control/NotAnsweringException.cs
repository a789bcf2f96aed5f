using Appliance.Data;

namespace Appliance.Web.Control;

/// <summary>
/// A process holds the data folder and says nothing: it is stopped (SIGSTOP, a frozen container) or stuck, or it ended in between. The
/// message is a sentence, with its number where it is known.
/// </summary>
public sealed class NotAnsweringException(string message) : Exception(message)
{
    /// <summary>About the process that holds <paramref name="dataFolder"/>.</summary>
    public static NotAnsweringException Of(string dataFolder)
    {
        var full = Path.GetFullPath(dataFolder);
        return DataFolder.ProcessOf(full) is { } process
            ? new(
                $"Process {process} holds the data folder {full} but does not answer: it is stopped, or stuck. "
                    + $"\"kill -CONT {process}\" wakes one that is stopped; else its log may say why."
            )
            : new($"A process holds the data folder {full} but does not answer: it is stopped, or stuck. Its log may say why.");
    }

    /// <summary>
    /// About a process that was asked for a change and did not answer. <paramref name="unknown"/> begins with "it is not known", and ends
    /// with a full stop.
    /// </summary>
    public static NotAnsweringException About(Exception cause, string unknown) =>
        new($"The running process did not answer as it should ({cause.Message.TrimEnd('.')}): {unknown} Its log may say more.");
}
