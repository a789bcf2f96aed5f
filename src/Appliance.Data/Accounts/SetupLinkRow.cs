namespace Appliance.Data.Accounts;

/// <summary>The one open setup link, if there is one. The token itself is never stored.</summary>
public sealed class SetupLinkRow
{
    /// <summary>Always <see cref="OnlyId"/>: a new link replaces the one before.</summary>
    public int Id { get; set; } = OnlyId;

    /// <summary>SHA-256 of the token, in hex.</summary>
    public required string TokenHash { get; set; }

    /// <summary>From then on it is worth nothing.</summary>
    public DateTime ExpiresUtc { get; set; }

    /// <summary>The key of the only row.</summary>
    public const int OnlyId = 1;
}
