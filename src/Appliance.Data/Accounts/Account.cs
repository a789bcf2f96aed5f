namespace Appliance.Data.Accounts;

/// <summary>Somebody who may use the console.</summary>
public sealed class Account
{
    /// <summary>Chosen by the database.</summary>
    public long Id { get; set; }

    /// <summary>What the person types and others see: 1 to 64 characters, as it was written.</summary>
    public required string Name { get; set; }

    /// <summary>The name in upper case; unique, so that Ann and ann are one.</summary>
    public required string NormalizedName { get; set; }

    /// <summary>What the password hasher made of the password; null for people who sign in elsewhere.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>What the person may do: <c>administrator</c>.</summary>
    public required string Role { get; set; }

    /// <summary>Copied into every session; a new one (after a password change) ends them all.</summary>
    public required string SessionStamp { get; set; }

    /// <summary>Wrong passwords in a row.</summary>
    public int FailedSignIns { get; set; }

    /// <summary>Until then no password is right; null: not locked.</summary>
    public DateTime? LockedUntilUtc { get; set; }

    /// <summary>When it was made.</summary>
    public DateTime CreatedUtc { get; set; }

    /// <summary>The last time a sign-in succeeded.</summary>
    public DateTime? LastSignInUtc { get; set; }
}
