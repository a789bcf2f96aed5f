namespace Appliance.Web.Control;

/// <summary>An API token, as the command line lists it. Its secret is never in it.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Start">The first characters of its text, to tell tokens apart.</param>
/// <param name="Scopes">What it is for, separated by blanks.</param>
/// <param name="CreatedBy">The person who made it.</param>
/// <param name="CreatedUtc">When it was made.</param>
/// <param name="ExpiresUtc">It is worth nothing from then on; null: it does not expire.</param>
/// <param name="LastUsedUtc">The last use, within a minute; null: it was never used.</param>
/// <param name="LastUsedFrom">The address of the last use.</param>
/// <param name="State"><c>valid</c>, <c>expired</c>, or <c>blocked</c>: the person whose rights limit it is disabled.</param>
public sealed record TokenLine(
    string Name,
    string Start,
    string Scopes,
    string CreatedBy,
    DateTime CreatedUtc,
    DateTime? ExpiresUtc,
    DateTime? LastUsedUtc,
    string? LastUsedFrom,
    string State
);

/// <summary>A token that somebody wants.</summary>
public sealed record TokenRequest
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for, separated by blanks or commas.</summary>
    public required string Scopes { get; init; }

    /// <summary>When it expires, as <c>90d</c>; null: it does not.</summary>
    public string? Expires { get; init; }

    /// <summary>Who asks, for the audit.</summary>
    public string Author { get; init; } = "local";
}

/// <summary>The token to revoke.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Author">Who asks, for the audit.</param>
public sealed record TokenRevocation(string Name, string Author = "local");

/// <summary>The answer to a request to make or to revoke a token.</summary>
/// <param name="ExitCode">Of the command.</param>
/// <param name="Summary">A sentence.</param>
/// <param name="Token">The secret of a new one, which nobody can read again; null: none was made.</param>
/// <param name="ExpiresUtc">It is worth nothing from then on; null: it does not expire.</param>
public sealed record TokenAnswer(int ExitCode, string Summary, string? Token = null, DateTime? ExpiresUtc = null);
