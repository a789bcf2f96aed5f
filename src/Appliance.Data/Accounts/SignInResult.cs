namespace Appliance.Data.Accounts;

/// <summary>The result of a sign-in.</summary>
public abstract record SignInResult
{
    private SignInResult() { }

    /// <summary>They are who they say.</summary>
    public sealed record Welcome(Account Account) : SignInResult;

    /// <summary>The password is right; a code of the second factor is still asked for.</summary>
    public sealed record SecondFactor(Account Account) : SignInResult;

    /// <summary>They are who they say, and choose a new password before anything else.</summary>
    public sealed record MustChange(Account Account) : SignInResult;

    /// <summary>They are not; which of name, password or code is wrong is not told.</summary>
    public sealed record Wrong : SignInResult;

    /// <summary>Too many wrong ones; not even the right one helps before that time.</summary>
    public sealed record Locked(DateTime UntilUtc) : SignInResult;

    /// <summary>They are who they say, and an administrator disabled the account.</summary>
    public sealed record Disabled : SignInResult;
}
