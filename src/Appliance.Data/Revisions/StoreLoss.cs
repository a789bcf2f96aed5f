using Appliance.Proxy.Config;

namespace Appliance.Data.Revisions;

/// <summary>
/// The database is older than what ran last: it was lost, emptied, or replaced by an older copy. What ran last goes on serving, and nothing
/// is stored until a person has decided which of the two counts.
/// </summary>
/// <param name="InDatabase">The newest revision of the database; 0: it is empty.</param>
/// <param name="Kept">What ran last, as the data folder keeps it.</param>
public sealed record StoreLoss(long InDatabase, ConfigRevision Kept)
{
    /// <summary>What happened and what to do, for the console, the log and the command line.</summary>
    public string Sentence =>
        $"The database {(InDatabase == 0 ? "is empty" : $"ends at revision {InDatabase}")}, but revision {Kept.Number} ran last: it "
        + "was lost or replaced. "
        + $"Revision {Kept.Number} goes on serving, and nothing can be saved. \"appliance restore --last-good\" stores it again; "
        + $"\"appliance restore --database\" goes on with the database as it is.";
}

/// <summary>Nothing can be stored: the database is older than what runs. The message is <see cref="StoreLoss.Sentence"/>.</summary>
public sealed class StoreLossException(string message) : IOException(message);
