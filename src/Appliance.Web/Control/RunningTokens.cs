namespace Appliance.Web.Control;

/// <summary>The API tokens of a running process, through its control socket.</summary>
internal sealed class RunningTokens(ControlClient client)
{
    private const string Made = "it is not known whether the token was made. Look at \"appliance token list\".";
    private const string Revoked = "it is not known whether the token was revoked. Look at \"appliance token list\".";

    /// <summary>All of them, by name.</summary>
    public async Task<IReadOnlyList<TokenLine>> ListAsync(CancellationToken cancellationToken) =>
        await client.JsonAsync<List<TokenLine>>("control/tokens", cancellationToken);

    /// <summary>Makes one.</summary>
    public Task<TokenAnswer> CreateAsync(TokenRequest request, CancellationToken cancellationToken) =>
        client.PostAsync<TokenRequest, TokenAnswer>("control/tokens", request, cancellationToken, Made);

    /// <summary>Revokes one.</summary>
    public Task<TokenAnswer> RevokeAsync(TokenRevocation request, CancellationToken cancellationToken) =>
        client.PostAsync<TokenRevocation, TokenAnswer>("control/tokens/revoke", request, cancellationToken, Revoked);
}
