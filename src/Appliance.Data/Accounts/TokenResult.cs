namespace Appliance.Data.Accounts;

/// <summary>The result of making or revoking an API token. A closed set.</summary>
public abstract record TokenResult
{
    private TokenResult() { }

    /// <summary>The token is made. <paramref name="Text"/> is the secret, which nobody can read again.</summary>
    public sealed record Created(ApiToken Token, string Text) : TokenResult
    {
        // A record prints its members, and this one must not stand in a log.
        protected override bool PrintMembers(System.Text.StringBuilder builder)
        {
            builder.Append("Token = ").Append(Token.Name);
            return true;
        }
    }

    /// <summary>The token is revoked.</summary>
    public sealed record Revoked(ApiToken Token) : TokenResult;

    /// <summary>Nothing was changed: the actor signed in too long ago, and has to confirm who they are first.</summary>
    public sealed record NotFresh : TokenResult;

    /// <summary>Refused or impossible; a sentence that says why and what to do.</summary>
    public sealed record Refused(string Reason) : TokenResult;
}
