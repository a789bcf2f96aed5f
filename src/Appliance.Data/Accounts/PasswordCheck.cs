namespace Appliance.Data.Accounts;

/// <summary>What came of comparing a password with a stored hash.</summary>
/// <param name="IsRight">It is the one.</param>
/// <param name="BetterHash">What to store instead, because hashes are made more slowly by now; null: the stored one is as good as a new
/// one.</param>
public readonly record struct PasswordCheck(bool IsRight, string? BetterHash = null)
{
    /// <summary>A comparison that knows of no better hash.</summary>
    public static implicit operator PasswordCheck(bool isRight) => new(isRight);

    /// <summary>The same, for languages without such operators.</summary>
    public static PasswordCheck FromBoolean(bool isRight) => new(isRight);
}
