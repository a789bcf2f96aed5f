using System.Collections.Immutable;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Why there is no certificate, in words.</summary>
/// <param name="Problems">One for each name that had one, or one for the whole order; never empty.</param>
/// <param name="NotBefore">When the authority would be asked in vain before; null: it named no time.</param>
public sealed record AcmeFailure(ImmutableArray<AcmeProblem> Problems, DateTimeOffset? NotBefore = null)
{
    /// <summary>In one line, for lists and logs.</summary>
    public string Summary => Problems.Length == 1 ? Problems[0].What : $"{Problems[0].What} ({Problems.Length - 1} more)";

    /// <summary>True when the authority does not know the account that was shown to it: a new one has to be opened.</summary>
    internal bool AccountIsGone => Problems.Any(problem => problem.Trouble == AcmeTrouble.AccountGone);

    /// <summary>A failure of the whole order.</summary>
    internal static AcmeFailure Of(AcmeTrouble trouble, string what, string toDo, string? detail = null) =>
        new([new(trouble, null, what, detail, toDo)]);
}

/// <summary>The problem of one name of an order, or of the whole order.</summary>
/// <param name="Trouble">Its kind.</param>
/// <param name="Name">The name; null: the whole order.</param>
/// <param name="What">What happened, as a sentence.</param>
/// <param name="Detail">The authority's or the provider's own words.</param>
/// <param name="ToDo">What to do, as a sentence.</param>
public sealed record AcmeProblem(AcmeTrouble Trouble, string? Name, string What, string? Detail, string ToDo);

/// <summary>The kinds of trouble.</summary>
public enum AcmeTrouble
{
    /// <summary>None of the others.</summary>
    Unknown,

    /// <summary>lego is not there.</summary>
    NoProgram,

    /// <summary>The authority cannot be reached.</summary>
    AuthorityAway,

    /// <summary>Its https certificate is not trusted.</summary>
    AuthorityUntrusted,

    /// <summary>It is no ACME directory.</summary>
    NoDirectory,

    /// <summary>The authority reports an internal error of its own.</summary>
    AuthorityFailed,

    /// <summary>It was asked too often.</summary>
    RateLimited,

    /// <summary>It wants a key for external account binding, or another one.</summary>
    Binding,

    /// <summary>It opens no account with these details.</summary>
    Account,

    /// <summary>It has forgotten the account.</summary>
    AccountGone,

    /// <summary>It does not issue for that name.</summary>
    NameRefused,

    /// <summary>It could not connect to port 80 of the name.</summary>
    Connection,

    /// <summary>It found no address for the name, or no record.</summary>
    NoRecord,

    /// <summary>It got another answer than ours.</summary>
    WrongAnswer,

    /// <summary>CAA records keep it from issuing.</summary>
    Caa,

    /// <summary>The provider of DNS is not in this lego.</summary>
    NoProvider,

    /// <summary>The provider's settings are not enough, or not taken.</summary>
    ProviderSettings,

    /// <summary>The provider could not be reached or refused.</summary>
    Provider,

    /// <summary>The record could not be seen in time.</summary>
    Propagation,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>What came is not what was ordered.</summary>
    NotOurs,
}
